# For hashicorp/vault in development mode: the static binary under both names, and nothing else.
FROM scratch
COPY bao /bin/bao
COPY bao /bin/vault
ENV PATH=/bin BAO_DEV_LISTEN_ADDRESS=0.0.0.0:8200
EXPOSE 8200
CMD ["bao", "server", "-dev", "-dev-no-store-token"]
