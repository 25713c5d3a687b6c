.DEFAULT_GOAL := help
.PHONY: help demo test crash run-checks lint types format messages lock bench pictures guides clean

python := .venv/bin/python
# The settings of the checks need no server and hold nothing secret.
production := PORTAL_ENV=production SECRET_KEY=a-long-text-that-only-these-checks-ever-use-0123456789 \
	DATABASE_URL=postgresql://portal@database/portal REDIS_URL=redis://valkey/0 EMAIL_URL=smtp://mail:587 \
	SITE_URL=https://portal.example ALLOWED_HOSTS=portal.example HSTS_PRELOAD=True \
	DJANGO_SETTINGS_MODULE=portal.settings
# Extraction and the compiling of catalogues must not start the servers of the test settings either.
django := $(production) $(python) manage.py
compile := $(django) compile_translations

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: ## the whole portal on this machine, with invented people (PORT=8000)
	@scripts/bootstrap demo && exec $(python) manage.py demo

ifdef ARGS
test: ## every check and every test; ARGS="tests/core -k iban" runs a part of the tests
	@scripts/bootstrap test && $(compile) && exec $(python) -m pytest $(ARGS)
else
test: # one command line for pytest at the very end, so that its closing line is the last one
	@scripts/bootstrap test
	@$(MAKE) --no-print-directory run-checks
	@exec $(python) -m pytest -n $${PYTEST_WORKERS:-auto}
endif

crash: ## kill every part of the portal under load, see what is lost (half an hour)
	@scripts/bootstrap test && $(compile) && exec $(python) -m pytest tests/crash -m crash -s $(ARGS)

run-checks: lint types ## everything but the tests: style, types, settings, migrations, translations
	$(compile)
	$(django) check --deploy --fail-level WARNING
	DJANGO_SETTINGS_MODULE=portal.settings_test $(python) manage.py makemigrations --check --dry-run

lint:
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m djlint --quiet --lint templates brands

types:
	$(python) -m mypy

format: ## put the code into shape
	$(python) -m ruff check --fix
	$(python) -m ruff format

messages: ## collect the texts for the translators into locale/ (needs gettext)
	$(django) makemessages -l es -l ca --no-obsolete --no-wrap --add-location file \
		-i "var/*" -i "tests/*" -i "bench/*" -i ".venv/*" -i "static/vendor/*"

# No address of any package index may stand in a lock; the grep keeps it so.
lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock: ## resolve the dependencies of pyproject.toml anew
	$(python) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes pyproject.toml --extra dev -o requirements-dev.txt
	$(python) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes pyproject.toml --extra demo -o requirements-demo.txt
	$(python) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	! grep -nE 'https?://' requirements*.txt

bench: ## the measurements of docs/performance.md, on this machine
	@scripts/bootstrap test && $(compile)
	@for script in bench/*.py; do echo "== $$script"; $(python) $$script || exit 1; done

pictures: ## the pictures of the README, taken anew
	@scripts/bootstrap test && $(compile) && exec $(python) -m pytest -q tests/journeys/pictures.py

guides: ## the pictures of the guides, taken anew of the real pages; after every change of their words
	@scripts/bootstrap test && $(compile) && GUIDES=take exec $(python) -m pytest -q tests/journeys/test_guides.py

clean: ## what can be made again; var/ (the demo's data) and .venv stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis var/static var/static.stamp
	find . -path ./.venv -prune -o \( -name __pycache__ -o -name '*.mo' \) -print0 | xargs -0 rm -rf
