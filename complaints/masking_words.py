"""The words beside a number that say what it is, in the languages that we speak: parts of expressions.

They are beginnings of words as people write them, in any case and often without accents.
"""

from __future__ import annotations


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


CARD = _any(
    r"(?<!post)(?<!gift )(?<!sim )(?<!sim-)(?<!gift)(?<!business )(?<!graphics )\bcards?\b", "visa",
    "master ?card", r"\bamex\b", "american express", "maestro", "diners", r"\bjcb\b", r"\btroy\b",
    r"\bmada\b", "credit", "debit", r"\bpaid (?:with|by|using)", r"\bpay(?:ing|ment)? (?:with|by)",
    "tarjeta", "cr[eé]dito", "d[eé]bito", r"\bcarte\b", "carte bleue", r"\bcarta\b", "cart[aã]o", "kredit",
    r"\bkarte\b", "debitkarte", r"\w*kaart\b", r"\bkart[aąęyo]\w*\b", r"\bkart\b", r"\bkart[ıi]\w*\b",
    "creditcard", "بطاق", "فيزا", "ماستر", "الائتمان",
)  # fmt: skip
"""It is a payment card."""

NUMBER_OF_ANOTHER_KIND = _any(
    r"\border", "purchase", "track", "parcel", "package", "shipment", "shipping", "consignment",
    "delivery n", "invoice", "receipt", r"\bref(?:erence|\b)", "booking", "reservation", "ticket",
    r"\bcase\b", "claim", "serial", r"\bs/n\b", r"\bimei", r"\bsku\b", "barcode", r"\bean\b", r"\bisbn\b",
    "article", r"\bitem\b", "model", "customer n", "customer id", "client", "account n", "contract",
    "policy n", "phone", r"\btel\b", "mobile", r"\bcall", "voucher", "coupon", "gift ?card", "sim[- ]card",
    "loyalty", "membership", "meter", "transaction", "pedido", "seguimiento", "env[ií]o", "paquete",
    "factura", "recibo", "referencia", "reserva", "serie", "cliente", "contrato", "tel[eé]fono",
    r"\bm[oó]vil", "p[oó]liza", "albar[aá]n", "localizador", "rastre", "encomenda", "fatura", "telefone",
    "telem[oó]vel", "ap[oó]lice", "nota fiscal", "commande", "suivi", "colis", "facture", r"\breçu",
    "r[eé]f[eé]rence", "r[eé]servation", "s[eé]rie", "t[eé]l[eé]phone", "portable", "contrat", "dossier",
    "bestell", "auftrag", "sendung", "paket", "rechnung", "beleg", "referenz", "buchung", "seriennummer",
    "kunden", "vertrag", "telefon", "handy", "lieferung", "artikel", r"\bz[äa]hler", "vorgang", "ordine",
    "tracciamento", "spedizione", "pacco", "fattura", "scontrino", "riferimento", "prenotazione",
    "contratto", "cellulare", "polizza", "codice cliente", "bestelling", "bestelnummer", "zending",
    "pakket", "factuur", r"\bbon\b", "referentie", "boeking", "klantn", "telefoon", "serienummer",
    r"zam[oó]wieni", "przesy[lł]k", r"\bpaczk", "faktur", "paragon", "rezerwac", "seryjn", "klienta",
    "umow", r"\bnr tel", "sipari[sş]", "kargo", "takip", "fatura", "rezervasyon", r"seri (?:no|num)",
    "m[uü][sş]teri", "s[oö]zle[sş]me", "telefon", r"\bgönderi", "طلب", "الشحن", "شحنة", "تتبع", "فاتورة",
    "مرجع", "حجز", "تسلسلي", "هاتف", "جوال", "موبايل", "عميل", "عقد",
)  # fmt: skip
"""It is the number of an order, a parcel, a bill, a device, a telephone."""

EXPIRY = _any(
    r"exp(?:iry|ires|iration|\.)?(?: date)?", "valid (?:until|thru|to)", "caduca\\w*", "vence",
    "válida hasta", "g[uü]ltig bis", r"expire(?: le)?", "scadenza", "vervalt", "wa[zż]na do", "validade",
    "son kullanma", "تنتهي",
)  # fmt: skip

CVV = _any(
    r"(?<!\w)cv[vc]2?(?!\w)", r"(?<!\w)cid code", "card verification", "security code",
    "c[oó]digo de seguridad", "c[oó]digo de seguran[cç]a", "code de s[eé]curit[eé]", "cryptogramme",
    "pr[uü]fziffer", "kartenpr[uü]fnummer", "sicherheitscode", "codice di sicurezza", "beveiligingscode",
    "kod (?:cvv|cvc|zabezpieczaj[aą]cy)", "g[uü]venlik kodu", "رمز الأمان", "رمز التحقق من البطاقة",
)  # fmt: skip
"""The three or four digits on a card."""

PASSWORD = _any(
    r"passwor[dt]", r"\bpasscode", r"\bpwd\b", "passphrase", "kennwort", "contrase[nñ]a", r"mot de passe",
    r"\bmdp\b", "parola d['’]ordine", "wachtwoord", r"has[lł]o\b", r"palavra[- ]passe", r"\bsenha\b",
    r"\b[sş]ifrem?\b", r"\bparola(?:m)?\b", "كلمة المرور", "كلمة السر",
)  # fmt: skip
IS = _any(
    "is", "was", "are", "es", "era", "est", "ist", "lautet", "war", "è", "é", "e'", "is het", "to", "jest",
    "olarak", "هي", "هو",
)  # fmt: skip
CODE = _any(
    "code", "código", "codigo", "kod", "kodu", "number", "no", "nummer",
)  # fmt: skip

IDENTITY = _any(
    r"\bnhs\b", r"\bni(?:no)?\b(?: number)?", "national insurance", r"\bssn\b", "social security",
    r"\btfn\b", r"\btax (?:file |payer |payer'?s )?(?:id|no|number|code|ref)\w*", "taxpayer", r"\butr\b",
    r"\bitin\b", r"\btin\b", r"\bpps\b", r"\bird\b", r"\bsin\b(?: number)", r"\baadha?ar\b",
    r"\bpan (?:card|number|no)", r"national (?:id|identity|identification)", r"\bid (?:card|number|no)",
    "identity (?:card|number|no)", "passport", "emirates id", r"\biqama", r"\bdni\b", r"\bnie\b",
    r"\bnif\b", r"\bcuit\b", r"\bcuil\b", r"\bcurp\b", "seguridad social",
    r"(?:carnet|documento|c[eé]dula|n[uú]mero) (?:de )?identi\w+", r"identificaci[oó]n fiscal",
    r"s[eé]curit[eé] sociale", r"\bnir\b", r"num[eé]ro fiscal", r"carte d['’]identit[eé]",
    r"steuer-?\s?(?:id|ident\w*|nummer)", r"\bidnr\b", r"sozialversicherung\w*", r"\bsv-?nummer",
    r"\bsvnr\b", r"ausweis\w*", r"codice fiscale", r"carta d['’]identit[aà]", r"\bbsn\b",
    "burgerservice\\w*", r"sofinummer", r"\bpesel\b", r"\bnip\b", r"dow[oó]d\w* osobist\w*", r"\bcpf\b",
    r"contribuinte", r"cart[aã]o (?:de )?cidad[aã]o", r"\bbi\b", r"\btc\b", r"\btckn\b", r"kimlik",
    r"vatanda[sş]l[iı]k", r"rijksregister\w*", "registre national", r"\bahv\b", r"\bavs\b", "رقم الهوية",
    "الهوية", "الرقم القومي", "الرقم الوطني", "الإقامة", "هوية",
)  # fmt: skip
"""It is the number by which a state knows a person."""

OF_SECRETS = (
    "cvv", "cvc", "cid code", "card verification", "security code", "seguridad", "segurança", "seguranca",
    "sécurité", "securite", "crypto", "prüf", "pruf", "sicherheit", "sicurezza", "beveilig", "zabezpiecz",
    "güvenlik", "guvenlik", "رمز", "passwor", "passcode", "pwd", "passphrase", "kennwort", "contrase",
    "mot de passe", "mdp", "parola", "wachtwoord", "hasło", "haslo", "palavra", "senha", "şifre", "sifre",
    "كلمة", "pin",
)  # fmt: skip
"""What a text in small letters holds if it holds `CVV`, `PASSWORD` or a PIN: quick, not certain."""

OF_IDENTITIES = (
    "nhs", "ni ", "nino", "insurance", "ssn", "social", "tfn", "tax", "utr", "tin", "pps", "ird", "sin ",
    "aadha", "pan ", "national", "id ", "identi", "passport", "iqama", "dni", "nie", "nif", "cuit", "cuil",
    "curp", "fiscal", "nir", "steuer", "idnr", "sozial", "sv-", "svn", "ausweis", "bsn", "burger", "sofi",
    "pesel", "nip", "dow", "cpf", "contribuinte", "cidad", "bi", "tc", "kimlik", "vatanda", "rijks",
    "registre", "ahv", "avs", "هوية", "رقم", "إقامة",
)  # fmt: skip
"""The same for `IDENTITY`."""
