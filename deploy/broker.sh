#!/bin/sh
# Mosquitto in a container: hymio writes its accounts from another one, whence no signal comes. So this looks every second
# whether they have changed, and has Mosquitto read them again. Ends when Mosquitto does.
set -eu
folder=${1:-/etc/hymio/mosquitto}
seen=$(stat -c '%i %z' "$folder/accounts") # before Mosquitto reads it: a change between is then seen, not missed
mosquitto -c "$folder/mosquitto.conf" &
mosquitto=$!
trap 'kill "$mosquitto" 2>/dev/null' TERM INT
while kill -0 "$mosquitto" 2>/dev/null; do
    sleep 1
    now=$(stat -c '%i %z' "$folder/accounts" 2>/dev/null) || continue
    [ "$now" = "$seen" ] && continue
    seen=$now
    kill -HUP "$mosquitto"
done
wait "$mosquitto"
