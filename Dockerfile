# The image for those who have a daemon: docker build -t NAME . Without one: node hack/image/main.ts (same contents; a test compares).
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24.21.0-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY domain domain
COPY kube kube
COPY server server
COPY gateway gateway
COPY apiserver apiserver
COPY webhook webhook
COPY controller controller
COPY console console
COPY login login
COPY cli cli
COPY certificates certificates
COPY package.json package-lock.json LICENSE ./
USER 65532:65532
ENTRYPOINT ["node", "--disable-sigusr1", "--max-semi-space-size=16"]
