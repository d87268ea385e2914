# Two images from one file: the program, and the dialogue engine with its own Python and a trained model.

FROM python:3.11-slim-bookworm AS app
# `recourse backup` and `restore` need the programs of the server's own version: a newer pg_restore sets what it does
# not know. It is the release of Debian that brings this one.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY complaints complaints
COPY channels channels
COPY handoff handoff
COPY actions actions
COPY bot bot
COPY docs/world docs/world
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && mkdir -p /var/lib/recourse && chown 10001:10001 /var/lib/recourse
USER 10001:10001
VOLUME /var/lib/recourse
EXPOSE 8080

FROM app AS texts
RUN python -m bot.responses /tmp/responses.yml

FROM python:3.10-slim AS engine
WORKDIR /app
COPY bot/rasa/requirements.lock bot/rasa/requirements.lock
RUN pip install --no-cache-dir --no-deps --require-hashes -r bot/rasa/requirements.lock
COPY bot/rasa bot/rasa
COPY nlu_data nlu_data
COPY --from=texts /tmp/responses.yml /tmp/responses.yml
RUN python bot/rasa/train.py --data nlu_data --responses /tmp/responses.yml --models bot/rasa/models
USER 10001:10001
