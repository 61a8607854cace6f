# The calls of a trial by name: root.mkdir(b'a', 0o755). Paths start from the current directory.
import ctypes, errno, fcntl, os

libc = ctypes.CDLL(None, use_errno=True)
slots = [-1] * 6
mappings = [-1] * 6
other = os.memfd_create('other')
libc.mmap.restype = ctypes.c_long


def check(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), '')
    return result


def content(length, seed):
    return bytes((seed + i * 31 + (i >> 8)) & 0xff for i in range(length))


def times(numbers):
    return (ctypes.c_long * 4)(*numbers)


class Calls:
    def __init__(self, name, uid, umask):
        self.name, self.uid, self.umask = name, uid, umask

    def __getattr__(self, call):
        def make(*arguments):
            os.setegid(self.uid), os.seteuid(self.uid), os.umask(self.umask)
            try:
                result = globals()['do_' + call](*arguments)
            except OSError as e:
                result = errno.errorcode[e.errno]
            finally:
                os.seteuid(0), os.setegid(0), os.umask(0)
            print(self.name, call, *arguments, '->', result)
        return make


root, alice, bob = Calls('root', 0, 0), Calls('alice', 4001, 0o22), Calls('bob', 4002, 0o77)

do_mkdir, do_unlink, do_rmdir, do_readlink = os.mkdir, os.unlink, os.rmdir, os.readlink
do_chmod, do_truncate = os.chmod, os.truncate
do_symlink = lambda path, target: os.symlink(target, path)
do_mknod = lambda path, mode, dev: check(libc.mknod(path, mode, ctypes.c_ulong(dev)))
do_link = lambda a, b, flags: check(libc.linkat(-100, a, -100, b, flags))
do_rename = lambda a, b, flags: check(libc.renameat2(-100, a, -100, b, flags))
do_mkdirat = lambda name, slot, mode: os.mkdir(name, mode, dir_fd=slots[slot])
do_unlinkat = lambda name, slot, flags: check(libc.unlinkat(slots[slot], name, flags))
do_listfd = lambda slot: sorted(os.listdir(slots[slot]))
do_list = lambda path: sorted(os.listdir(path))
do_seekdir = lambda path, at: sorted(os.listdir(path))
do_stat = lambda path: os.lstat(path)
do_access = lambda path, mode, flags: os.access(path, mode)
do_lchmod = lambda path, mode: check(libc.syscall(452, -100, path, mode, 0x100))
do_fchmod = lambda slot, mode: os.fchmod(slots[slot], mode)
do_chown = lambda path, uid, gid: os.lchown(path, uid, gid)
do_chowntarget = lambda path, uid, gid: os.chown(path, uid, gid)
do_fchown = lambda slot, uid, gid: os.fchown(slots[slot], uid, gid)
do_utimens = lambda path, *t: check(libc.utimensat(-100, path, times(t), 0x100))
do_utimenstarget = lambda path, *t: check(libc.utimensat(-100, path, times(t), 0))
do_touch = lambda path: check(libc.utimensat(-100, path, None, 0x100))
do_futimens = lambda slot, *t: check(libc.utimensat(slots[slot], b'', times(t), 0x1000))
do_statfs = lambda path: os.statvfs(path).f_namemax
do_setxattr = lambda path, name, value, flags: os.setxattr(
    path, name, value, flags, follow_symlinks=False)
do_fsetxattr = lambda name, value, slot, flags: os.setxattr(slots[slot], name, value, flags)
do_getxattr = lambda path, name, size: os.getxattr(path, name, follow_symlinks=False)
do_fgetxattr = lambda name, slot: os.getxattr(slots[slot], name)
do_listxattr = lambda path: sorted(os.listxattr(path, follow_symlinks=False))
do_flistxattr = lambda slot: sorted(os.listxattr(slots[slot]))
do_removexattr = lambda path, name: os.removexattr(path, name, follow_symlinks=False)
do_fremovexattr = lambda name, slot: os.removexattr(slots[slot], name)


def do_open(path, slot, flags, mode):
    if slots[slot] >= 0:
        do_close(slot)
    slots[slot] = os.open(path, flags | os.O_NONBLOCK, mode)


def do_openat(name, slot, to, flags, mode):
    fd = os.open(name, flags | os.O_NONBLOCK, mode, dir_fd=slots[slot])
    if slots[to] >= 0:
        do_close(to)
    slots[to] = fd


def do_reopen(slot, to, flags):
    do_open(b'/proc/self/fd/%d' % slots[slot], to, flags & ~os.O_NOFOLLOW, 0)


def do_close(slot):
    fd, slots[slot] = slots[slot], -1
    os.close(fd)


def do_linkfd(path, slot):
    check(libc.linkat(-100, b'/proc/self/fd/%d' % slots[slot], -100, path, 0x400))


do_read = lambda slot, offset, length: len(os.pread(slots[slot], length, offset))
do_write = lambda slot, offset, length, seed: os.pwrite(slots[slot], content(length, seed), offset)
do_ftruncate = lambda slot, size: os.ftruncate(slots[slot], size)
do_fallocate = lambda slot, mode, offset, length: check(
    libc.fallocate(slots[slot], mode, ctypes.c_long(offset), ctypes.c_long(length)))
do_seekhole = lambda slot, offset, whence: os.lseek(slots[slot], offset, whence)
do_copyrange = lambda a, b, at, to, length: os.copy_file_range(
    slots[a], slots[b], length, at, to)
do_sendfile = lambda a, b, at, to, length: (
    os.lseek(slots[b], to, 0), os.sendfile(slots[b], slots[a], at, length))
do_setflags = lambda slot, flags: fcntl.fcntl(
    slots[slot], fcntl.F_SETFL, flags | fcntl.fcntl(slots[slot], fcntl.F_GETFL))
do_flock = lambda slot, operation: check(libc.flock(slots[slot], operation))
do_linkempty = lambda path, slot: check(libc.linkat(slots[slot], b'', -100, path, 0x1000))
do_fdatasync = lambda slot: os.fdatasync(slots[slot])
do_fsync = lambda slot: os.fsync(slots[slot])


def do_append(slot, length, seed):
    os.lseek(slots[slot], 0, 2)
    return os.write(slots[slot], content(length, seed))


def do_writefile(path, length, seed, offset):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    os.pwrite(fd, content(length, seed), offset)
    os.close(fd)


def do_mmap(slot):
    address = check(libc.mmap(None, ctypes.c_long(16384), 3, 1, slots[slot], ctypes.c_long(0)))
    if mappings[slot] >= 0:
        libc.munmap(ctypes.c_void_p(mappings[slot]), ctypes.c_long(16384))
    mappings[slot] = address


def page(call, slot, number):
    address = ctypes.c_void_p(mappings[slot] + number * 4096)
    return check(call(other, address, ctypes.c_long(1), ctypes.c_long(0)))


def do_mapread(slot):
    return [page(libc.pwrite, slot, i) and os.pread(other, 1, 0)[0] for i in range(4)]


def do_mapwrite(slot, number, seed):
    os.pwrite(other, bytes([seed]), 0)
    try:
        page(libc.pread, slot, number)
    finally:
        check(libc.msync(ctypes.c_void_p(mappings[slot]), ctypes.c_long(16384), 4))
