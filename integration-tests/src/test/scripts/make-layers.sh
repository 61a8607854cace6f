#!/bin/bash
# make-layers.sh DIR: makes DIR/base, DIR/added and DIR/removed, the layers of a Debian root
# filesystem of this machine's release. The upper two are what the kernel's overlayfs wrote.
set -euo pipefail
dir=$1
. /etc/os-release
mirror=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null || true) |
  sed -nE 's@.*(https?://[^ ]*/debian)/?( .*)?$@\1@p' | sed q)
mkdir "$dir/base" "$dir/work" "$dir/merged"
debootstrap --variant=minbase "$VERSION_CODENAME" "$dir/base" ${mirror:-http://deb.debian.org/debian}
rm -f "$dir"/base/var/cache/apt/archives/*.deb

# inside LOWERS UPPER COMMAND...: runs a command in a chroot of a kernel overlay mount.
inside() {
  local lowers=$1 upper=$2
  shift 2
  mkdir "$upper"
  mount -t overlay -o "lowerdir=$lowers,upperdir=$upper,workdir=$dir/work" overlay "$dir/merged"
  trap 'umount -l "$dir/merged"' EXIT
  chroot "$dir/merged" /bin/bash -euc "$1"
  trap - EXIT
  umount "$dir/merged"
}

cp /etc/resolv.conf "$dir/base/etc/resolv.conf"
# What the scenario installs is fetched now, so that it needs no network and finds equal packages.
inside "$dir/base" "$dir/added" '
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q -o Acquire::Retries=3 update
  apt-get -q -y -o Acquire::Retries=3 --no-install-recommends --download-only \
    install git rsync sqlite3 python3 locales attr acl
  apt-get -q -y --no-install-recommends install rsync sqlite3 attr acl
  mkdir /srv/many && cd /srv/many
  for i in {1..40}; do mkdir $i; for j in {1..25}; do echo $i $j >$i/$j; done; done
  ln 1/1 1/linked; setfattr -n user.tag -v many 1; setfacl -m u:65534:rwx 2 2/1'
inside "$dir/added:$dir/base" "$dir/removed" '
  rm -r /usr/share/doc /usr/share/locale
  mkdir /usr/share/doc && echo new >/usr/share/doc/new
  rm -r /srv/many/3; rm /srv/many/4/4; chmod 700 /srv/many/5; mv /srv/many/6/6 /srv/many/6/moved
  ln /srv/many/7/7 /srv/many/7/linked; echo more >>/srv/many/8/8'
rm -rf "$dir/work" "$dir/merged"
