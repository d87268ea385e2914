// Keeps an open page true and quick to work with. The pages work without it: a form is then sent, and
// the page loaded anew.

import { listenForCases } from "./alerts.js";
import { keepDrafts, prepareComposer } from "./composer.js";
import { obeyForms } from "./forms.js";
import { obeyKeys } from "./keys.js";
import { follow } from "./live.js";
import { arrange } from "./panes.js";
import { keepTimes } from "./times.js";

document.documentElement.classList.add("script");
arrange();
keepTimes();
obeyForms();
obeyKeys();
listenForCases();
prepareComposer();
keepDrafts();
follow(document.querySelector("[data-stream]"));
