# For python:3.11-slim as a base of deploy/Dockerfile.
FROM stand-in/python-root
RUN ln --symbolic /usr/bin/python3.11 /usr/local/bin/python
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt
