package ovl.overlay;

import java.util.ArrayList;
import java.util.List;
import ovl.layer.Layer;
import ovl.layer.LayerStack;

/**
 * Chooses the number shown as st_ino. With all layers on one filesystem it is the real number. With
 * several, the filesystem's index goes into the high bits that real numbers leave free, as the
 * kernel does with xino=on (fs/overlayfs/super.c, inode.c: ovl_map_dev_ino): one mount shows one
 * st_dev, so two filesystems' numbers must not meet.
 */
final class InodeNumbers {
  private static final long SHORT = 0xffffffffL;

  private final long[] devs;
  private final int shift;
  private final boolean isShort;

  InodeNumbers(LayerStack stack, OverlayOptions options) {
    isShort = options.hasShortInos();
    List<Long> found = new ArrayList<>();
    if (stack.upper() != null) {
      found.add(stack.upper().dev());
    }
    for (Layer lower : stack.lowers()) {
      if (!found.contains(lower.dev())) {
        found.add(lower.dev());
      }
    }
    devs = new long[found.size()];
    for (int i = 0; i < devs.length; i++) {
      devs[i] = found.get(i);
    }
    // One bit more than the index needs: the kernel keeps the lowest for numbers of its own.
    int bits = devs.length < 2 ? 0 : 65 - Long.numberOfLeadingZeros(devs.length - 1);
    shift = 64 - bits;
  }

  /** The number to show for a real object. */
  long show(long dev, long ino) {
    long number = number(dev, ino);
    return isShort ? Math.max(1, number & SHORT) : number;
  }

  private long number(long dev, long ino) {
    for (int fsid = 0; fsid < devs.length; fsid++) {
      if (devs[fsid] == dev) {
        if (shift == 64) {
          return ino;
        }
        return ino >>> shift == 0 ? ino | (long) fsid << shift + 1 : mixed(dev, ino);
      }
    }
    // A filesystem below a layer's root that is none of the layers' own, such as a btrfs subvolume.
    return mixed(dev, ino);
  }

  /** A number that is the same each time and collides with probability 2^-64. */
  private static long mixed(long dev, long ino) {
    long mixed = ino * 0x9E3779B97F4A7C15L + dev * 0xC2B2AE3D27D4EB4FL;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed ^= mixed >>> 31;
    return mixed == 0 ? 1 : mixed;
  }
}
