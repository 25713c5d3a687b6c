FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# What draws PDFs.
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends \
        fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.txt .
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

COPY . .
# The settings ask for these; compiling the translations uses none of them.
RUN PORTAL_ENV=production SECRET_KEY=a-long-text-that-only-this-build-step-ever-uses-0123456789 \
    DATABASE_URL=postgresql://portal@database/portal REDIS_URL=redis://valkey/0 EMAIL_URL=smtp://mail \
    SITE_URL=https://portal.example ALLOWED_HOSTS=portal.example \
    python manage.py compile_translations \
    && python -m compileall -q . \
    && chmod -R a+rX . \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal var var/files var/quarantine var/static

# The fonts' cache is the only thing that libraries want to write at home.
ENV HOME=/tmp
USER portal
EXPOSE 8000
