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
RUN install -d -o 65532 -g 65532 .compiled
USER 65532:65532
ENV NODE_COMPILE_CACHE=/app/.compiled NODE_COMPILE_CACHE_PORTABLE=1
RUN for program in apiserver/main.ts apiserver/standby/main.ts certificates/main.ts console/main.ts controller/main.ts gateway/main.ts login/main.ts webhook/main.ts; do node --disable-sigusr1 --max-semi-space-size=16 $program; test $? = 2 || exit 1; done
RUN for thread in apiserver/storage/thread/store-thread.ts gateway/plan/render/worker.ts gateway/sessions/thread.ts; do node --disable-sigusr1 --max-semi-space-size=16 $thread || exit 1; done
ENTRYPOINT ["node", "--disable-sigusr1", "--max-semi-space-size=16"]
