# Outreach as an image: `docker build -t outreach .`, then see compose.yaml and docs/server.md.
FROM python:3.13-slim AS build
WORKDIR /source
COPY requirements/server.txt requirements/
RUN python -m venv /opt/outreach \
 && /opt/outreach/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY outreach outreach
COPY templates templates
COPY data data
RUN /opt/outreach/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
COPY --from=build /opt/outreach /opt/outreach
# The campaign's folder, and what this installation knows outside of any database: both have to outlive the container.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin outreach \
 && install -d -o outreach -g outreach -m 0700 /campaign /state
ENV PATH=/opt/outreach/bin:$PATH \
    OUTREACH_STATE_DIR=/state \
    PYTHONUNBUFFERED=1
USER outreach
WORKDIR /campaign
VOLUME ["/campaign", "/state"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["outreach"]
CMD ["run"]
