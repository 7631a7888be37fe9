# Techscore as an image: `docker build --tag techscore .`, then `docker compose up` (docs/operations/compose.md).
# To build on one image and no other: --build-arg PYTHON_IMAGE=python:3.13-slim-trixie@sha256:…
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_CONSTRAINT=/src/constraints.txt
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY models/ models/
COPY ingest/ ingest/
COPY service/ service/
COPY simulator/ simulator/
# Without pip in it: what runs installs nothing.
RUN python -m venv --without-pip /opt/techscore && \
    python -m pip --python /opt/techscore/bin/python install --quiet .

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Techscore" \
      org.opencontainers.image.description="The Tech Balanced Scorecard from Autotask, seconds later" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 techscore && \
    useradd --system --uid 10001 --gid techscore --home-dir /var/lib/techscore --shell /usr/sbin/nologin techscore && \
    install --directory --owner=techscore --group=techscore --mode=0750 /var/lib/techscore /var/lib/techscore/var
COPY --from=build /opt/techscore /opt/techscore
ENV PATH=/opt/techscore/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TECHSCORE_HOST=0.0.0.0
# Nothing but var/ is written to, and that only where the database is SQLite: run it with --read-only.
WORKDIR /var/lib/techscore
VOLUME ["/var/lib/techscore/var"]
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 CMD ["techscore", "health"]
ENTRYPOINT ["techscore"]
CMD ["serve"]
