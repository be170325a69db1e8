# For postgres:17, as far as testcontainers and docker-compose.yml use it.
FROM stand-in/postgres-root
COPY postgres-entrypoint /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data
VOLUME /var/lib/postgresql/data
EXPOSE 5432
# Postgres's fast shutdown.
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint"]
