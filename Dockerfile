# One image for the API and the workers; the command chooses. TypeScript runs as it is, through tsx.
FROM node:24.21.0-bookworm-slim AS console
WORKDIR /patchline
COPY package.json package-lock.json ./
RUN npm ci --include=optional --no-audit --no-fund
COPY web web
COPY scripts scripts
COPY docs/glossary.md docs/glossary.md
RUN npm run console

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production TZ=UTC
WORKDIR /patchline
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --include=optional --no-audit --no-fund
COPY tsconfig.json ./
COPY activities activities
COPY adapters adapters
COPY api api
COPY composition composition
COPY domain domain
COPY policy policy
COPY ports ports
COPY workers workers
COPY workflows workflows
COPY --from=console /patchline/web/dist web/dist
# Named volumes take over the owner of the folder that they are mounted on.
RUN mkdir -p /data /verification /people && chown node:node /data /verification /people
USER node
ENV PATCHLINE_DATA_DIR=/data PATCHLINE_HOST=0.0.0.0
CMD ["node", "--import", "tsx", "api/main.ts"]
