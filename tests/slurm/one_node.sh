#!/bin/sh
# Runs a command in a Slurm cluster of one node, which is there as long as the command and no longer:
#   tests/slurm/one_node.sh sinfo
# Needs root and Debian's slurm-wlm, munge, iproute2 and util-linux.
#
# The cluster has namespaces of its own for mounts, processes, network and host name. So it has the loopback address
# alone, its /etc/slurm, /etc/hosts and /run are its own and vanish with it, and a Slurm that the machine may have is
# neither seen nor touched. When the command ends, or this script or who called it is killed, the kernel ends all
# that was started here.
set -eu

if [ "${1:-}" != --inside ]; then
  [ $# -gt 0 ] || { echo "usage: $0 COMMAND…" >&2; exit 2; }
  [ "$(id -u)" = 0 ] || { echo "A Slurm cluster for tests can be started by root alone." >&2; exit 2; }
  for tool in munged slurmctld slurmd srun ip unshare setpriv; do
    command -v "$tool" >/dev/null ||
      { echo "$tool is missing. On Debian: apt install slurm-wlm munge iproute2 util-linux" >&2; exit 2; }
  done
  exec setpriv --pdeathsig KILL unshare --mount --pid --net --uts --fork --kill-child --mount-proc \
    /bin/sh "$0" --inside "$@"
fi
shift

files=$(dirname "$0")
mount -t tmpfs slurm-run /run
mount -t tmpfs slurm-etc /etc/slurm
cp "$files/slurm.conf" /etc/slurm/
echo '127.0.0.1 localhost node' >/run/hosts
mount --bind /run/hosts /etc/hosts
hostname node
ip link set lo up
# With 127.0.0.1 alone the C library holds that the machine has no IPv4, and Slurm finds no address.
ip address add 127.0.0.2/8 dev lo

mkdir -p -m 755 /run/munge /run/slurm /run/slurm/state /run/slurm/spool /run/slurm/log
(umask 077 && head -c 128 /dev/urandom >/run/munge/key)
munged --foreground --socket=/run/munge/socket --key-file=/run/munge/key --seed-file=/run/munge/seed \
  --pid-file=/run/munge/pid >/run/slurm/log/munged 2>&1 &

complain() {
  echo "$1" >&2
  tail -n 10 /run/slurm/log/* >&2
}
wait_for() { # wait_for WHAT COMMAND…: at most 20 seconds
  what=$1 tries=100
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { complain "Slurm: $what did not come up"; exit 1; }
    sleep 0.2
  done
}
is_idle() { [ "$(sinfo --noheader --format=%t)" = idle ]; }

wait_for munged test -S /run/munge/socket
slurmctld -D >/run/slurm/log/slurmctld 2>&1 &
wait_for slurmctld scontrol ping
slurmd -D >/run/slurm/log/slurmd 2>&1 &
wait_for 'the node' is_idle

status=0
"$@" || status=$?
[ $status = 0 ] || complain "In the Slurm cluster, exit $status: $*"
exit $status
