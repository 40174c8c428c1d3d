# Switchboard as an image: nothing but Node, the production packages and the built program, run without root. The tree
# may be mounted read-only; only /state (and /logs, for the demo) is written to.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.mjs

FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
# Named volumes take the owner of the folder they cover.
RUN groupadd --gid 10001 switchboard \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /state --shell /usr/sbin/nologin switchboard \
  && install --directory --owner=10001 --group=10001 --mode=0750 /state \
  && install --directory --owner=10001 --group=10001 --mode=0755 /logs
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
# What to do when an alert fires; the live page shows it.
COPY docs/runbooks docs/runbooks
USER 10001:10001
VOLUME ["/state"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["--help"]
