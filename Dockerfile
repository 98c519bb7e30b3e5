# docker build -t talking-face . && docker run --rm -p 7860:7860 talking-face
FROM python:3.11-slim
WORKDIR /app

COPY packages.txt .
RUN apt-get update \
    && xargs -a packages.txt apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*

# The versions that were tested last. PyTorch from its own index: the one on PyPI brings gigabytes for graphics cards.
COPY requirements.lock requirements-container.lock ./
RUN grep -oE '^torch(vision)?==[^ ]+' requirements.lock \
    | xargs pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu \
    && pip install --no-cache-dir --no-deps --require-hashes -r requirements-container.lock

RUN useradd --create-home --uid 1000 person
USER person
COPY --chown=person . .

ENV GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860 GRADIO_ANALYTICS_ENABLED=False PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860', timeout=4)"
ENTRYPOINT ["python", "app.py"]
