"""What hosts of the page need besides the page.

- `monitoring`: /healthz and Prometheus figures, where the host asks for them;
- `leaving`: a restart that lets videos finish;
- `tool_files`: which files MCP tools may read;
- `zero_gpu`: what Hugging Face's shared graphics cards ask for.
"""
