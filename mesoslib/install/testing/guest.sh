#!/bin/bash
# Usage: guest.sh CGROUP FOLDER
#
# Boots systemd on a copy of this machine's root that is gone when the process is killed: namespaces
# of its own, an overlay whose upper half is memory, no devices, and all that the kernel shares
# read-only. FOLDER is found there as /packages, the overlay's upper half as /mnt/upper. CGROUP is an
# empty cgroup (version 2), for the caller to remove.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
cgroup=$1
folder=$2

if [[ ${3:-} != inside ]]; then
  echo $$ >"$cgroup/cgroup.procs"
  exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
    "$BASH" "$0" "$cgroup" "$folder" inside
fi

mount -t tmpfs guest /mnt
cd /mnt
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work guest root

mount -t proc proc root/proc
mount --bind root/proc/sys root/proc/sys
mount -o remount,bind,ro root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount -t tmpfs cgroup root/sys/fs/cgroup
mount -t cgroup2 cgroup root/sys/fs/cgroup
mount -t tmpfs run root/run
mount -t tmpfs tmp root/tmp
mount -t tmpfs dev root/dev
for device in null zero full random urandom tty; do
  : >root/dev/$device
  mount --bind /dev/$device root/dev/$device
done
: >root/dev/console
ln -s /proc/self/fd root/dev/fd
ln -s pts/ptmx root/dev/ptmx
mkdir root/dev/shm root/dev/pts root/packages
mount --bind "$folder" root/packages
mount --bind /mnt root/mnt

# Packages may start services. Nothing of this machine's own is started, but for the journal.
rm -f root/usr/sbin/policy-rc.d
rm -rf root/etc/systemd/system/*.wants root/lib/systemd/system/*.wants
for target in sysinit basic guest; do
  printf '[Unit]\nDefaultDependencies=no\n' >root/etc/systemd/system/$target.target
done
echo Wants=systemd-journald.service >>root/etc/systemd/system/guest.target

mkdir root/mnt/outside
cd root
pivot_root . mnt/outside
umount -l mnt/outside
export container=guest
exec /lib/systemd/systemd --system --unit=guest.target </dev/null
