# Two stages: the packages are installed in the first; the second holds them, the code and a user without rights.
FROM python:3.12-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --only-binary :all: --require-hashes -r /tmp/base.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 \
    STATIC_ROOT=/srv/static CELERY_BEAT_SCHEDULE_FILENAME=/tmp/celerybeat-schedule
# What the PDF of a report is drawn with.
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin plumbline
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
# The key of the build signs nothing; the running container must be given its own.
RUN SECRET_KEY=only-while-building-0123456789-abcdefghijklmnopqrstuvwxyz python manage.py collectstatic --no-input \
    && chmod -R a+rX /app /srv/static
USER plumbline
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-m", "config.health"]
CMD ["gunicorn", "config.wsgi", "--config", "python:config.gunicorn", "--bind", "0.0.0.0:8000", \
     "--worker-tmp-dir", "/dev/shm", "--graceful-timeout", "20"]
