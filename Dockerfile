# Renew the digest as docs/operations.md says: it names one build, here Python 3.13.15 of September 2026.
ARG PYTHON=python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
FROM ${PYTHON}

RUN useradd --create-home --uid 10001 readout
WORKDIR /srv/readout
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY schemas schemas
COPY seed seed
COPY api api

# Build the database now, as the user that serves it, so that a container answers as soon as it starts.
ENV READOUT_DATABASE=/srv/readout/data/readout.db READOUT_BIND=0.0.0.0:8000
RUN mkdir data && chown 10001 data
USER 10001
RUN python -m seed load

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["gunicorn", "--config", "python:api.server.gunicorn_conf", "api.asgi:create_asgi_app()"]
