#!/bin/bash
# use-rootfs.sh MERGED SOURCES LONG: uses a root filesystem as its owner would. Everything that
# comes out is the same at each run but for times, and what RootfsScenarioTest leaves out.
set -euo pipefail
merged=$1 sources=$2 long=$3
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
started=$SECONDS
step() { echo "$((SECONDS - started)) s: $*"; }
inside() { chroot "$merged" /bin/bash -euc "$1"; }

step packages
inside 'apt-get -q -y --no-install-recommends install git python3 locales </dev/null'
inside 'dpkg --audit; python3 -c "import json, ssl, sqlite3"; git --version'
inside 'apt-get -q -y purge locales </dev/null'

step clone
git -c safe.directory='*' clone -q --no-hardlinks "$sources" "$merged/srv/clone"
git -c safe.directory='*' -C "$merged/srv/clone" status --porcelain

if [ "$long" = true ]; then
  step "maven package"
  (cd "$merged/srv/clone" && mvn -o -B -q -DskipTests -Dspotless.check.skip=true package)
  ls "$merged"/srv/clone/app/target/dist/lib/ovl-app-*.jar
fi

step compile
mkdir "$merged/srv/classes"
find "$merged/srv/clone/fuse-core/src/main/java/ovl/sys" "$merged/srv/clone/fuse-core/src/main/java/ovl/fs" \
  -name '*.java' | LC_ALL=C sort >"$merged/srv/files"
javac -proc:none -nowarn -cp "$CLASS_PATH" -d "$merged/srv/classes" @"$merged/srv/files"
rm "$merged/srv/files"

step sqlite
inside 'cd /srv && sqlite3 db "PRAGMA journal_mode=WAL; CREATE TABLE t(a, b UNIQUE)"
  for w in 1 2 3 4; do
    for i in {1..40}; do echo ".timeout 60000"; echo "INSERT INTO t VALUES($w, $w * 1000 + $i);"; done |
      sqlite3 db & done
  wait
  [ "$(sqlite3 db "SELECT count(*), count(DISTINCT b) FROM t")" = "160|160" ]
  [ "$(sqlite3 db "PRAGMA integrity_check")" = ok ]'

step tar
inside 'cd /srv && tar --xattrs --acls --sort=name -cf /tmp/many.tar many && mkdir out &&
  tar --xattrs --acls -xpf /tmp/many.tar -C out && diff -r many out/many && rm /tmp/many.tar'
[ "$(getfattr --only-values -n user.tag "$merged/srv/out/many/1")" = many ]

step rsync
inside 'cd /srv && rsync -aHAX /usr/share/ synced/ && rsync -aHAX many/ synced-many/
  [ -z "$(rsync -aHAXnic --delete /usr/share/ synced/)" ]
  [ -z "$(rsync -aHAXnic --delete many/ synced-many/)" ]
  echo changed >>many/9/9; chmod 711 many/10; rsync -aHAX --delete many/ synced-many/
  [ -z "$(rsync -aHAXnic --delete many/ synced-many/)" ]'

step cp
inside 'cp -a /etc /srv/etc && diff -r --no-dereference /etc /srv/etc && cp -a /srv/many /srv/copied'

step find
inside ': >/srv/found && find / -xdev -printf "%p %y %m %U %G %l\n" | LC_ALL=C sort >/srv/found && find /usr -type f -links +1 | wc -l'

step "an ordinary user"
mkdir "$merged/srv/home" && chown nobody "$merged/srv/home"
inside 'setpriv --reuid=65534 --regid=65534 --clear-groups bash -euc "
  cd /srv/home
  mkdir many; cp -r /srv/many/1[1-9] many/; tar -cf - many | (mkdir out; tar -xf - -C out); diff -r many out/many
  rsync -a /usr/share/doc/ doc/
  echo x >>many/11/11; chmod 600 many/11/12; mv many/12 moved; ln -s many link; ln many/13/13 hard
  if (echo x >>/srv/many/14/14) || rm -r /srv/many/15 || mkdir /usr/mine; then exit 1; fi
  sqlite3 db \"CREATE TABLE t(a); INSERT INTO t VALUES(1)\"; [ \$(sqlite3 db \"PRAGMA integrity_check\") = ok ]
  find . | wc -l; rm -rf out doc; git init -q repo; cd repo; cp -r ../many .; git add .
  git -c user.name=n -c user.email=e commit -q -m m; git status --porcelain; git fsck" 2>&1'
[ "$(stat -c %U "$merged/srv/home/moved")" = nobody ]

step "remove"
inside 'rm -rf /srv/synced /srv/etc /usr/share/perl5 /usr/lib/python3 /srv/many/2[0-9]
  mkdir -p /srv/many/20 && echo again >/srv/many/20/again; [ ! -e /usr/lib/python3 ]'
step end
