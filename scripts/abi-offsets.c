/*
 * Prints the layout of the FUSE kernel structs that the flyweights in ovl.transport.dev.wire mirror: struct,
 * field, offset, size, one field per line, tabs between. Field "-" is the whole struct. Build and run:
 *
 *     cc -o abi-offsets abi-offsets.c && ./abi-offsets
 *
 * Needs a header of protocol 7.34 (Linux 5.14) or later. The guards follow the version history in the header:
 * where a struct grew, or a field was made out of padding, an older header prints fewer lines, never other ones.
 */
#include <linux/fuse.h>
#include <stddef.h>
#include <stdio.h>

#if FUSE_KERNEL_MINOR_VERSION < 34
#error "the FUSE header is older than protocol 7.34"
#endif

#define field(s, f) \
	printf("%s\t%s\t%zu\t%zu\n", #s, #f, offsetof(struct s, f), sizeof(((struct s *)0)->f))
#define whole(s) printf("%s\t-\t0\t%zu\n", #s, sizeof(struct s))

int main(void)
{
	field(fuse_attr, ino);
	field(fuse_attr, size);
	field(fuse_attr, blocks);
	field(fuse_attr, atime);
	field(fuse_attr, mtime);
	field(fuse_attr, ctime);
	field(fuse_attr, atimensec);
	field(fuse_attr, mtimensec);
	field(fuse_attr, ctimensec);
	field(fuse_attr, mode);
	field(fuse_attr, nlink);
	field(fuse_attr, uid);
	field(fuse_attr, gid);
	field(fuse_attr, rdev);
	field(fuse_attr, blksize);
	field(fuse_attr, flags);
	whole(fuse_attr);

#if FUSE_KERNEL_MINOR_VERSION >= 39
	field(fuse_sx_time, tv_sec);
	field(fuse_sx_time, tv_nsec);
	field(fuse_sx_time, __reserved);
	whole(fuse_sx_time);
#endif

#if FUSE_KERNEL_MINOR_VERSION >= 39
	field(fuse_statx, mask);
	field(fuse_statx, blksize);
	field(fuse_statx, attributes);
	field(fuse_statx, nlink);
	field(fuse_statx, uid);
	field(fuse_statx, gid);
	field(fuse_statx, mode);
	field(fuse_statx, __spare0);
	field(fuse_statx, ino);
	field(fuse_statx, size);
	field(fuse_statx, blocks);
	field(fuse_statx, attributes_mask);
	field(fuse_statx, atime);
	field(fuse_statx, btime);
	field(fuse_statx, ctime);
	field(fuse_statx, mtime);
	field(fuse_statx, rdev_major);
	field(fuse_statx, rdev_minor);
	field(fuse_statx, dev_major);
	field(fuse_statx, dev_minor);
	field(fuse_statx, __spare2);
	whole(fuse_statx);
#endif

	field(fuse_kstatfs, blocks);
	field(fuse_kstatfs, bfree);
	field(fuse_kstatfs, bavail);
	field(fuse_kstatfs, files);
	field(fuse_kstatfs, ffree);
	field(fuse_kstatfs, bsize);
	field(fuse_kstatfs, namelen);
	field(fuse_kstatfs, frsize);
	field(fuse_kstatfs, padding);
	field(fuse_kstatfs, spare);
	whole(fuse_kstatfs);

	field(fuse_file_lock, start);
	field(fuse_file_lock, end);
	field(fuse_file_lock, type);
	field(fuse_file_lock, pid);
	whole(fuse_file_lock);

	field(fuse_entry_out, nodeid);
	field(fuse_entry_out, generation);
	field(fuse_entry_out, entry_valid);
	field(fuse_entry_out, attr_valid);
	field(fuse_entry_out, entry_valid_nsec);
	field(fuse_entry_out, attr_valid_nsec);
	field(fuse_entry_out, attr);
	whole(fuse_entry_out);

	field(fuse_forget_in, nlookup);
	whole(fuse_forget_in);

	field(fuse_forget_one, nodeid);
	field(fuse_forget_one, nlookup);
	whole(fuse_forget_one);

	field(fuse_batch_forget_in, count);
	field(fuse_batch_forget_in, dummy);
	whole(fuse_batch_forget_in);

	field(fuse_getattr_in, getattr_flags);
	field(fuse_getattr_in, dummy);
	field(fuse_getattr_in, fh);
	whole(fuse_getattr_in);

	field(fuse_attr_out, attr_valid);
	field(fuse_attr_out, attr_valid_nsec);
	field(fuse_attr_out, dummy);
	field(fuse_attr_out, attr);
	whole(fuse_attr_out);

#if FUSE_KERNEL_MINOR_VERSION >= 39
	field(fuse_statx_in, getattr_flags);
	field(fuse_statx_in, reserved);
	field(fuse_statx_in, fh);
	field(fuse_statx_in, sx_flags);
	field(fuse_statx_in, sx_mask);
	whole(fuse_statx_in);
#endif

#if FUSE_KERNEL_MINOR_VERSION >= 39
	field(fuse_statx_out, attr_valid);
	field(fuse_statx_out, attr_valid_nsec);
	field(fuse_statx_out, flags);
	field(fuse_statx_out, spare);
	field(fuse_statx_out, stat);
	whole(fuse_statx_out);
#endif

	field(fuse_mknod_in, mode);
	field(fuse_mknod_in, rdev);
	field(fuse_mknod_in, umask);
	field(fuse_mknod_in, padding);
	whole(fuse_mknod_in);

	field(fuse_mkdir_in, mode);
	field(fuse_mkdir_in, umask);
	whole(fuse_mkdir_in);

	field(fuse_rename_in, newdir);
	whole(fuse_rename_in);

	field(fuse_rename2_in, newdir);
	field(fuse_rename2_in, flags);
	field(fuse_rename2_in, padding);
	whole(fuse_rename2_in);

	field(fuse_link_in, oldnodeid);
	whole(fuse_link_in);

	field(fuse_setattr_in, valid);
	field(fuse_setattr_in, padding);
	field(fuse_setattr_in, fh);
	field(fuse_setattr_in, size);
	field(fuse_setattr_in, lock_owner);
	field(fuse_setattr_in, atime);
	field(fuse_setattr_in, mtime);
	field(fuse_setattr_in, ctime);
	field(fuse_setattr_in, atimensec);
	field(fuse_setattr_in, mtimensec);
	field(fuse_setattr_in, ctimensec);
	field(fuse_setattr_in, mode);
	field(fuse_setattr_in, unused4);
	field(fuse_setattr_in, uid);
	field(fuse_setattr_in, gid);
	field(fuse_setattr_in, unused5);
	whole(fuse_setattr_in);

	field(fuse_open_in, flags);
	field(fuse_open_in, open_flags);
	whole(fuse_open_in);

	field(fuse_create_in, flags);
	field(fuse_create_in, mode);
	field(fuse_create_in, umask);
	field(fuse_create_in, open_flags);
	whole(fuse_create_in);

	field(fuse_open_out, fh);
	field(fuse_open_out, open_flags);
#if FUSE_KERNEL_MINOR_VERSION >= 40
	field(fuse_open_out, backing_id);
#endif
	whole(fuse_open_out);

	field(fuse_release_in, fh);
	field(fuse_release_in, flags);
	field(fuse_release_in, release_flags);
	field(fuse_release_in, lock_owner);
	whole(fuse_release_in);

	field(fuse_flush_in, fh);
	field(fuse_flush_in, unused);
	field(fuse_flush_in, padding);
	field(fuse_flush_in, lock_owner);
	whole(fuse_flush_in);

	field(fuse_read_in, fh);
	field(fuse_read_in, offset);
	field(fuse_read_in, size);
	field(fuse_read_in, read_flags);
	field(fuse_read_in, lock_owner);
	field(fuse_read_in, flags);
	field(fuse_read_in, padding);
	whole(fuse_read_in);

	field(fuse_write_in, fh);
	field(fuse_write_in, offset);
	field(fuse_write_in, size);
	field(fuse_write_in, write_flags);
	field(fuse_write_in, lock_owner);
	field(fuse_write_in, flags);
	field(fuse_write_in, padding);
	whole(fuse_write_in);

	field(fuse_write_out, size);
	field(fuse_write_out, padding);
	whole(fuse_write_out);

	field(fuse_statfs_out, st);
	whole(fuse_statfs_out);

	field(fuse_fsync_in, fh);
	field(fuse_fsync_in, fsync_flags);
	field(fuse_fsync_in, padding);
	whole(fuse_fsync_in);

	field(fuse_setxattr_in, size);
	field(fuse_setxattr_in, flags);
	field(fuse_setxattr_in, setxattr_flags);
	field(fuse_setxattr_in, padding);
	whole(fuse_setxattr_in);

	field(fuse_getxattr_in, size);
	field(fuse_getxattr_in, padding);
	whole(fuse_getxattr_in);

	field(fuse_getxattr_out, size);
	field(fuse_getxattr_out, padding);
	whole(fuse_getxattr_out);

	field(fuse_lk_in, fh);
	field(fuse_lk_in, owner);
	field(fuse_lk_in, lk);
	field(fuse_lk_in, lk_flags);
	field(fuse_lk_in, padding);
	whole(fuse_lk_in);

	field(fuse_lk_out, lk);
	whole(fuse_lk_out);

	field(fuse_access_in, mask);
	field(fuse_access_in, padding);
	whole(fuse_access_in);

	field(fuse_init_in, major);
	field(fuse_init_in, minor);
	field(fuse_init_in, max_readahead);
	field(fuse_init_in, flags);
#if FUSE_KERNEL_MINOR_VERSION >= 36
	field(fuse_init_in, flags2);
	field(fuse_init_in, unused);
	whole(fuse_init_in);
#endif

	field(fuse_init_out, major);
	field(fuse_init_out, minor);
	field(fuse_init_out, max_readahead);
	field(fuse_init_out, flags);
	field(fuse_init_out, max_background);
	field(fuse_init_out, congestion_threshold);
	field(fuse_init_out, max_write);
	field(fuse_init_out, time_gran);
	field(fuse_init_out, max_pages);
	field(fuse_init_out, map_alignment);
#if FUSE_KERNEL_MINOR_VERSION >= 36
	field(fuse_init_out, flags2);
#endif
#if FUSE_KERNEL_MINOR_VERSION >= 40
	field(fuse_init_out, max_stack_depth);
#endif
#if FUSE_KERNEL_MINOR_VERSION >= 43
	field(fuse_init_out, request_timeout);
	field(fuse_init_out, unused);
#endif
	whole(fuse_init_out);

	field(fuse_interrupt_in, unique);
	whole(fuse_interrupt_in);

	field(fuse_ioctl_in, fh);
	field(fuse_ioctl_in, flags);
	field(fuse_ioctl_in, cmd);
	field(fuse_ioctl_in, arg);
	field(fuse_ioctl_in, in_size);
	field(fuse_ioctl_in, out_size);
	whole(fuse_ioctl_in);

	field(fuse_ioctl_out, result);
	field(fuse_ioctl_out, flags);
	field(fuse_ioctl_out, in_iovs);
	field(fuse_ioctl_out, out_iovs);
	whole(fuse_ioctl_out);

	field(fuse_fallocate_in, fh);
	field(fuse_fallocate_in, offset);
	field(fuse_fallocate_in, length);
	field(fuse_fallocate_in, mode);
	field(fuse_fallocate_in, padding);
	whole(fuse_fallocate_in);

	field(fuse_in_header, len);
	field(fuse_in_header, opcode);
	field(fuse_in_header, unique);
	field(fuse_in_header, nodeid);
	field(fuse_in_header, uid);
	field(fuse_in_header, gid);
	field(fuse_in_header, pid);
#if FUSE_KERNEL_MINOR_VERSION >= 38
	field(fuse_in_header, total_extlen);
	field(fuse_in_header, padding);
#endif
	whole(fuse_in_header);

	field(fuse_out_header, len);
	field(fuse_out_header, error);
	field(fuse_out_header, unique);
	whole(fuse_out_header);

	field(fuse_dirent, ino);
	field(fuse_dirent, off);
	field(fuse_dirent, namelen);
	field(fuse_dirent, type);
	whole(fuse_dirent);

	field(fuse_direntplus, entry_out);
	field(fuse_direntplus, dirent);
	whole(fuse_direntplus);

	field(fuse_notify_inval_inode_out, ino);
	field(fuse_notify_inval_inode_out, off);
	field(fuse_notify_inval_inode_out, len);
	whole(fuse_notify_inval_inode_out);

	field(fuse_notify_inval_entry_out, parent);
	field(fuse_notify_inval_entry_out, namelen);
#if FUSE_KERNEL_MINOR_VERSION >= 38
	field(fuse_notify_inval_entry_out, flags);
#endif
	whole(fuse_notify_inval_entry_out);

	field(fuse_notify_delete_out, parent);
	field(fuse_notify_delete_out, child);
	field(fuse_notify_delete_out, namelen);
	field(fuse_notify_delete_out, padding);
	whole(fuse_notify_delete_out);

#if FUSE_KERNEL_MINOR_VERSION >= 45
	field(fuse_notify_prune_out, count);
	field(fuse_notify_prune_out, padding);
	field(fuse_notify_prune_out, spare);
	whole(fuse_notify_prune_out);
#endif

#if FUSE_KERNEL_MINOR_VERSION >= 40
	field(fuse_backing_map, fd);
	field(fuse_backing_map, flags);
	field(fuse_backing_map, padding);
	whole(fuse_backing_map);
#endif

	field(fuse_lseek_in, fh);
	field(fuse_lseek_in, offset);
	field(fuse_lseek_in, whence);
	field(fuse_lseek_in, padding);
	whole(fuse_lseek_in);

	field(fuse_lseek_out, offset);
	whole(fuse_lseek_out);

	field(fuse_copy_file_range_in, fh_in);
	field(fuse_copy_file_range_in, off_in);
	field(fuse_copy_file_range_in, nodeid_out);
	field(fuse_copy_file_range_in, fh_out);
	field(fuse_copy_file_range_in, off_out);
	field(fuse_copy_file_range_in, len);
	field(fuse_copy_file_range_in, flags);
	whole(fuse_copy_file_range_in);

#if FUSE_KERNEL_MINOR_VERSION >= 45
	field(fuse_copy_file_range_out, bytes_copied);
	whole(fuse_copy_file_range_out);
#endif

	field(fuse_syncfs_in, padding);
	whole(fuse_syncfs_in);

	return 0;
}
