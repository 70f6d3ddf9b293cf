/** Names and abbreviations used by software, clouds and operators that no English dictionary contains. */
export const SOFTWARE_WORDS = `
  acme activemq adminer admission aerospike airbyte airflow alertmanager aliyun alloy alpine amazonaws amd ambassador amqp amqps ansible
  antrea apache api apikey apps appset argo argocd argoproj arm artemis artifactory asia asgi attr attrs auth authelia authentik authn authz autoscaler
  aws azure azurerm backend backends backstage backup backups bastion bind bitbucket bitnami bitwarden blackbox blob boundary bucket buckets
  buildkit busybox cadvisor calico camunda canary cas cassandra cdi cdn cert certmanager certs cfg chartmuseum charts chi cilium circleci
  clair clickhouse cloudflare cloudfront cloudnative cloudsql cluster cms cname cnpg cockroach cockroachdb codec collector com confluence
  conf config configmap configs conn consul contour cookie coredns cors couchbase couchdb cpu crd crds cri cron cronjob crossplane crowdsec
  crunchy csv curl customresource dapr dashboard data database databases datadog datasource db dba dbaas dbname dbs debezium debian demo dev
  devops dex dhcp digitalocean dind distroless django docker dockerconfigjson dockerhub dockerio doris dragonfly drone druid dsn dynamo
  dynamodb ebs ec ecr eks elastic elasticache elasticsearch elk emqx endpoint env envoy epmd eso etcd europe eventstore expressjs external
  fargate fastapi fastly fedora filebeat firebase flagger flannel fluent fluentbit fluentd flux fluxcd forgejo formance frontend ftp gateway
  gatekeeper gcp gcr gcs georeplicated gerrit gha ghcr gis git gitea github gitlab gitops gke glue gogs google googleapis gpu grafana graphite
  graphql gravitee grpc grpcs gunicorn gvisor haproxy harbor hazelcast hashicorp headlamp helm heroku hetzner hikari homeassistant hpa html
  http https httproute iam idp imap influx influxdb infisical infra ingester ingress io iops ipam ipsec iso istio istiod jaeger java javascript
  jdbc jenkins jetstack jira jmx jndi jumpcloud jupyter jvm jwks jwt kafka kanister kaniko karmada karpenter keda keycloak keydb kibana kind
  knative kong kops kotlin kube kubeadm kubeconfig kubectl kubelet kubernetes kubevirt kured kustomize kyverno lambda laravel ldap ldaps
  letsencrypt linkerd linux litmus livez lldap localdomain localhost localstack logrotate logstash loki longhorn lts mailgun mailhog main
  mariadb maria mastodon matomo mattermost maven maxscale meilisearch memcached mesos metallb metabase metricbeat mimir minikube minio
  minioadmin mlflow mongo mongodb mongos mosquitto moodle mqtt mqtts msk mssql multus mutual mysql mysqld namespace nats neo neon netbox
  netdata netpol nextcloud nexus nfs nginx nifi nocodb node nodejs nodeport nomad npm ntp nvidia oauth objectstore octavia odoo oidc okta
  ollama opa openai openapi openbao openebs openldap openresty opensearch openshift openssl openstack opentelemetry openvpn operator oracle
  orders org orm otel otlp ovh oxidized paas pagerduty params passwd patroni payments percona perl pg pgadmin pgbackrest pgbouncer pgdata
  pgpool pgsql php phpmyadmin plaintext plugin podman policy polaris pomerium portainer postfix postgis postgres postgresql postgrest
  preprod prd prod production prom prometheus promtail proxy proxysql pulsar puppet pvc pypi python qdrant quarkus quay questdb rabbitmq
  rabbit rancher rbac rds readonly readwrite readyz realm redhat redis rediss redmine redpanda redshift reloader replica repmgr repo repos
  resolv restic rhel rocketmq rook ro root rpc rsync ruby runner rust rw sa saas saml sandbox sasl scaleway scram scylla sdk sealed seaweedfs
  selfsigned selinux sendgrid sentinel sentry serverless servicemonitor sftp sha shard sidecar sidekiq skaffold slack smb smtp smtps snapshots
  sns snyk solr sonar sonarqube spark spinnaker spring springboot sql sqlite sqlserver sqs src srv srvadmin ssd ssh ssl sslmode sso stackgres
  staging standby statefulset stdout stg storageclass strimzi stripe sts stunnel supabase superset superuser svc swarm swift synapse sysadmin
  syslog systemd tailscale tarantool tcp tekton telegraf telemetry tempo temporal tenancy tenant terraform thanos tidb timescale timescaledb
  tls tmp toml tomcat tracing traefik trino trivy tsdb twilio typesense uat ubuntu udp umami unleash upstream uri usr utc uvicorn vault
  vaultwarden vector velero verdaccio victoria victoriametrics virt vitess vllm vpc vpn weaviate webapp webserver websocket whoami wikijs
  windows wireguard wordpress wsgi www xfs xml yaml yarn yugabyte yugabytedb zabbix zigbee zipkin zitadel zone zookeeper
  ap ca cn eu me mx sa sg uk us usgov gov centralus eastus westus northeurope westeurope northeast northwest southeast southwest
  certificate chart credentials customer db eur jobs latest mail master mirror notifications primary queue read reader scheduler secondary
  session sessions slave store tests user users volume web worker workers writer app backend frontend billing invoice shop cart checkout
  email message messages minimum availability deployed available pulling pulled scheduled created started killing unhealthy progressing
  aes rsa ecdsa ecdhe dhe diffie hellman curve gcm cbc chacha poly hmac pkcs xx xms xmx gc utf iso en kib mib gib uid gid ou dc cn
  crash loop evicted preempted successfully assigned mounted unable
`
