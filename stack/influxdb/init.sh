#!/usr/bin/env bash
# Runs once, after the first setup of InfluxDB 2 and before it serves others. If it fails, the image deletes the
# half-made database and the next start tries again.
set -euo pipefail

bucket_id=$DOCKER_INFLUXDB_INIT_BUCKET_ID

# InfluxQL finds the bucket under this name even when the bucket has another one.
influx v1 dbrp create --db switchboard --rp autogen --bucket-id "$bucket_id" --default

# Accounts with the least rights for /query and /write, as user and password (docs/grafana.md says how to use them).
influx v1 auth create --username switchboard-read --password "$INFLUX_READ_PASSWORD" --read-bucket "$bucket_id"
influx v1 auth create --username switchboard-write --password "$INFLUX_WRITE_PASSWORD" --write-bucket "$bucket_id"
