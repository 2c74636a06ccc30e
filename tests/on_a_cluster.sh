#!/usr/bin/env bash
# Starts a standalone Spark cluster on loopback, one master and two workers, runs the given command with
# LEADLINE_SPARK_MASTER set to it, and takes the cluster down again.   tests/on_a_cluster.sh pytest -m spark tests
set -euo pipefail

python=$(command -v "${PYTHON:-python}")
SPARK_HOME=$("$python" -c 'import pathlib, pyspark; print(pathlib.Path(pyspark.__file__).parent)')
export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1 SPARK_NO_DAEMONIZE=1
port=${LEADLINE_SPARK_PORT:-7077}
scratch=$(mktemp -d)
started=()

stop() {
  kill "${started[@]}" 2>/dev/null || true
  wait "${started[@]}" 2>/dev/null || true
  rm -rf "$scratch"
}
trap stop EXIT

start() {  # start NAME CLASS ARGUMENTS...
  local name=$1
  shift
  "$SPARK_HOME/bin/spark-class" "$@" >"$scratch/$name.log" 2>&1 &
  started+=($!)
}

await() {  # await FILE TEXT
  for _ in $(seq 60); do
    if grep -q "$2" "$scratch/$1.log" 2>/dev/null; then return; fi
    sleep 1
  done
  echo "The Spark $1 did not start; the end of its log:" >&2
  tail -n 20 "$scratch/$1.log" >&2
  exit 1
}

start master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port 0
await master "I have been elected leader"
for worker in worker-1 worker-2; do
  start "$worker" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1 --memory 1g \
    --work-dir "$scratch/$worker" "spark://127.0.0.1:$port"
  await "$worker" "Successfully registered with master"
done

LEADLINE_SPARK_MASTER="spark://127.0.0.1:$port" "$@"
