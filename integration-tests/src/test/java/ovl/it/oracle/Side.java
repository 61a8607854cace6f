package ovl.it.oracle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import ovl.fs.NameKey;
import ovl.it.os.DirEntry;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.it.overlay.Backing;
import ovl.it.overlay.KernelMount;
import ovl.it.overlay.Mounts;
import ovl.it.overlay.RunOptions;
import ovl.it.overlay.Workspace;
import ovl.it.tree.TreeSnapshot;
import ovl.mount.OverlayMount;
import ovl.mount.OverlayMountBuilder;
import ovl.mount.OverlayMountException;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** One set of layers and who shows it merged: the kernel, or this JVM. */
final class Side implements AutoCloseable {
  private final Combo combo;
  private final FsPath home;
  private final FsPath merged;
  private final List<FsPath> lowers = new ArrayList<>();
  private final List<FsPath> dataLowers = new ArrayList<>();
  private final FsPath upper;
  private final FsPath work;
  private OverlayMount ours;
  private boolean isMounted;

  Side(Combo combo, Backing backing, int lowerCount) {
    this.combo = combo;
    home = backing.newDirectory("side");
    for (int i = 0; i < lowerCount; i++) {
      lowers.add(newLower("lower" + i, combo.backing(i, backing), backing));
    }
    for (int i = 0; i < combo.dataLayers(); i++) {
      dataLowers.add(home.at("data" + i).mkdir());
    }
    upper = home.at("upper").mkdir();
    work = home.at("work").mkdir();
    merged = Workspace.get().root().at(Workspace.get().newName("merged")).mkdir();
  }

  /** A layer on another filesystem has a link at its place. */
  private FsPath newLower(String name, Backing where, Backing backing) {
    FsPath place = home.at(name);
    if (where == backing) {
      return place.mkdir();
    }
    FsPath lower = where.newDirectory("lower");
    place.symlink(lower.toString());
    return lower;
  }

  FsPath home() {
    return home;
  }

  FsPath merged() {
    return merged;
  }

  FsPath upper() {
    return upper;
  }

  void mount(boolean isByKernel) {
    if (isByKernel) {
      KernelMount.mount(combo.kernelOptions(), lowers, dataLowers, upper, work, merged);
    } else {
      mountByUs();
    }
    isMounted = true;
  }

  private void mountByUs() {
    OverlayMountBuilder builder = combo.ourOptions(OverlayMount.builder());
    lowers.forEach(l -> builder.lower(path(l)));
    dataLowers.forEach(l -> builder.dataLower(path(l)));
    RunOptions.apply(builder);
    try {
      ours = builder.upper(path(upper)).work(path(work)).mount(path(merged));
    } catch (OverlayMountException e) {
      throw new AssertionError(e);
    }
  }

  private static Path path(FsPath path) {
    return Path.of(path.argument());
  }

  void unmount() {
    if (!isMounted) {
      return;
    }
    isMounted = false;
    int result = Mounts.unmount(merged, 0);
    if (result != 0) {
      throw new AssertionError("umount " + merged + ": " + Errno.name(-result));
    }
    if (ours != null) {
      try {
        ours.awaitUnmounted();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      ours = null;
    }
    if (!combo.release(work)) {
      throw new AssertionError("no mark in the workdir says that the mount was volatile");
    }
  }

  /** All that can be said of a tree of this side, with the times before {@code now}. */
  static TreeSnapshot snapshot(FsPath root, long now) {
    return TreeSnapshot.of(root, List.of(TreeSnapshot.Time.MTIME), now);
  }

  /** The st_ino of every object in merged; what a listing says otherwise is noted beside it. */
  SortedMap<String, String> inodes() {
    SortedMap<String, String> found = new TreeMap<>();
    inodes(merged, "", found);
    return found;
  }

  private void inodes(FsPath dir, String prefix, SortedMap<String, String> into) {
    try (OpenFile open = dir.open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      for (DirEntry entry : open.entries()) {
        if (entry.isDots()) {
          continue;
        }
        FsPath path = dir.at(entry.name());
        Stat stat = path.stat();
        String type = stat.direntType() == entry.type() ? "" : " listed as " + entry.type();
        String number = stat.ino() == entry.ino() ? "" : Deviations.WRONG_NUMBER;
        String name = prefix + entry.name();
        into.put(name, stat.ino() + type + number);
        if (stat.isDirectory()) {
          into.put(name + "/", "nlink " + Deviations.nlinkOf(true, stat.nlink(), combo));
          inodes(path, name + "/", into);
        }
      }
    }
  }

  /** Patterns for the directories of upper that have no entry with an origin. */
  List<String> withoutOrigins() {
    List<String> patterns = new ArrayList<>();
    if (!hasOrigins(upper, "", patterns)) {
      patterns.add("\\.");
    }
    return patterns;
  }

  private boolean hasOrigins(FsPath dir, String prefix, List<String> into) {
    boolean any = false;
    for (String name : dir.list()) {
      FsPath object = dir.at(name);
      any |= object.xattrs().contains(combo.prefix() + "origin");
      String path = prefix + name;
      if (object.stat().isDirectory() && !hasOrigins(object, path + "/", into)) {
        into.add(Pattern.quote(new NameKey(FsPath.latin(path)).toString()));
      }
    }
    return any;
  }

  /**
   * Patterns for the names on upper of what the index holds, and for the directories that are there
   * for these names only and are not on the other side's upper.
   */
  List<String> indexedNames(Side other) {
    FsPath index = work.at("index");
    Set<Long> entries = new HashSet<>();
    if (index.exists()) {
      index.list().forEach(n -> entries.add(index.at(n).stat().ino()));
    }
    List<String> patterns = new ArrayList<>();
    addIndexedNames(other, "", entries, patterns);
    return patterns;
  }

  /** True if a directory holds nothing else, and something. */
  private boolean addIndexedNames(Side other, String prefix, Set<Long> entries, List<String> into) {
    List<String> names = (prefix.isEmpty() ? upper : upper.at(prefix)).list();
    boolean holdsNothingElse = !names.isEmpty();
    for (String name : names) {
      String path = prefix + name;
      Stat stat = upper.at(path).stat();
      boolean isLeftOut = entries.contains(stat.ino()) && !stat.isWhiteout();
      if (stat.isDirectory()) {
        isLeftOut = addIndexedNames(other, path + "/", entries, into);
        isLeftOut &= !other.upper.at(path).exists();
      }
      holdsNothingElse &= isLeftOut;
      if (isLeftOut) {
        into.add(Pattern.quote(new NameKey(FsPath.latin(path)).toString()));
      }
    }
    return holdsNothingElse;
  }

  /** The types of what the index holds; the names are handles, each side's own. */
  List<Integer> index() {
    FsPath index = work.at("index");
    List<Integer> types = new ArrayList<>();
    if (index.exists()) {
      // The kernel keeps the one whiteout that all others are links to here as well.
      index.list().stream()
          .filter(n -> !n.startsWith("#"))
          .forEach(n -> types.add(index.at(n).stat().type()));
    }
    types.sort(null);
    return types;
  }

  /** What is left in the workdir, without the whiteout that all others are links to. */
  List<String> leftInWork() {
    FsPath inner = work.at("work");
    return inner.list().stream().filter(n -> !inner.at(n).stat().isWhiteout()).toList();
  }

  @Override
  public void close() {
    unmount();
    for (FsPath lower : lowers) {
      if (!lower.toString().startsWith(home + "/")) {
        lower.removeTree();
      }
    }
    home.removeTree();
    merged.rmdir();
  }
}
