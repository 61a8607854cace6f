package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static ovl.it.features.Twins.done;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Programs;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.overlay.Workspace;
import ovl.it.posix.AclTests;
import ovl.sys.Linux;

/** Layers that hold what no overlay has written there, and what the kernel's says of it. */
final class OddLayersTest {
  private static final String REDIRECT = "trusted.overlay.redirect";
  private static final int F_NAMELEN = 8;

  /** One of each namespace. */
  private static final List<String> ATTRIBUTES =
      List.of(
          "user.none",
          "trusted.none",
          "trusted.overlay.opaque",
          "security.capability",
          "security.none",
          "system.posix_acl_access",
          "system.none");

  private static FsPath newPoint() {
    return Workspace.get().root().at(Workspace.get().newName("odd")).mkdir();
  }

  @Test
  void directoryThatMountsSomethingIsRemote() {
    FsPath debug = newPoint();
    if (Exec.run("mount", "-t", "debugfs", "none", debug.toString()).status() != 0
        || !debug.at("tracing").exists()) {
      System.err.println("skipped: no debugfs with an automount");
      Assumptions.abort("no automount");
    }
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().set(1, debug)).both(Overlay::skipLowerCheck).mount();
      t.step("stat", "EREMOTE", m -> m.at("tracing").stat());
      t.step("mkdir", "EREMOTE", m -> m.at("tracing").mkdir());
      t.step("it is listed", m -> m.list().contains("tracing"));
      assertEquals("true", t.lastOutcome());
    } finally {
      Exec.ok("umount", debug.toString());
    }
  }

  private FsPath erofs(FsPath tree, FsPath image) {
    Programs.need("mkfs.erofs", "erofs-utils");
    Exec.ok("mkfs.erofs", image.at("image").toString(), tree.toString());
    FsPath layer = newPoint();
    if (Exec.run("mount", "-o", "loop", image.at("image").toString(), layer.toString()).status()
        != 0) {
      System.err.println("skipped: this kernel has no erofs");
      Assumptions.abort("no erofs");
    }
    return layer;
  }

  /** erofs says of all that it has that it is immutable. */
  @Test
  void imageCanBeChanged() {
    FsPath tree = newPoint();
    tree.at("f").file("f");
    tree.at("g").file("g");
    tree.at("d").mkdir().at("f").file("f");
    tree.at("e").mkdir().at("f").file("f");
    FsPath image = newPoint();
    FsPath layer = erofs(tree, image);
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().set(1, layer)).mount();
      t.step("append", done(m -> m.at("f").append("+")));
      t.step("new", done(m -> m.at("d/new").file("new")));
      t.step("chmod", done(m -> m.at("d/f").chmod(0600)));
      t.step("chown", done(m -> m.at("e").chown(1, 1)));
      t.step("rename", done(m -> m.at("g").rename(m.at("e/g"))));
      t.step("unlink", done(m -> m.at("e/f").unlink()));
    } finally {
      Exec.ok("umount", layer.toString());
      List.of(tree, image, layer).forEach(FsPath::removeTree);
    }
  }

  /** As mkcomposefs(1) makes it: blocks for the whole size, and no mark on the directory. */
  @Test
  void imageOfFilesWithoutDataIsNotTakenForWhole() {
    FsPath tree = newPoint();
    FsPath file = tree.at("d").mkdir().at("f").file("");
    file.truncate("content".length());
    file.setXattr("trusted.overlay.metacopy", "").setXattr(REDIRECT, "/data");
    FsPath image = newPoint();
    FsPath layer = erofs(tree, image);
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().get(2).at("data").file("content"));
      t.both(o -> o.lowers().set(1, layer)).mount();
      t.step("read", "EPERM", m -> m.at("d/f").text());
    } finally {
      Exec.ok("umount", layer.toString());
      List.of(tree, image, layer).forEach(FsPath::removeTree);
    }
  }

  /** What is prepared in work would have it as well, and upper from there. */
  @ParameterizedTest
  @ValueSource(strings = {"index=off", "index=on"})
  void defaultAclOfWorkIsNotInherited(String index) {
    byte[] acl = AclTests.acl("u::rwx,u:65534:rwx,g::r-x,m::rwx,o::---");
    try (Twins t = new Twins(Backing.EXT4, index)) {
      t.both(o -> o.lowers().get(0).at("f").file("f").chmod(0640));
      t.both(o -> o.lowers().get(0).at("f").link(o.lowers().get(0).at("g")));
      t.both(o -> o.lowers().get(0).at("d").mkdir().at("sub").mkdir());
      t.both(o -> o.work().setXattr(AclTests.DEFAULT, acl, 0)).mount();
      t.step("copy-up", done(m -> m.at("f").append("+")));
      t.step("of directories", done(m -> m.at("d/sub/new").file("new")));
      t.step("over a whiteout", done(m -> m.at("g").unlink()))
          .step("mkdir", done(m -> m.at("g").mkdir()));
      t.step("attributes", m -> m.at("f").xattrs() + "" + m.at("d/sub").xattrs());
      // Of an earlier mount that has not done so.
      t.both(Overlay::unmount).both(o -> o.work().at("work").setXattr(AclTests.DEFAULT, acl, 0));
      t.mount().step("copy-up in the next mount", done(m -> m.at("d").chmod(0700)));
    }
  }

  /** The kernel refuses the second one, ESTALE. */
  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void copyOfACopyIsAFileOfItsOwn(MountKind kind) {
    try (Overlay stack = new Overlay(kind, Backing.EXT4)) {
      long origin = stack.lowers().get(0).at("f").file("lower").stat().ino();
      stack.mount();
      stack.merged().at("f").append("+upper");
      stack.unmount();
      Exec.ok("cp", "-a", stack.upper().at("f").toString(), stack.upper().at("g").toString());
      stack.mount();
      assertEquals(origin, stack.merged().at("f").stat().ino());
      long own = stack.upper().at("g").stat().ino();
      assertEquals(own, stack.merged().at("g").stat().ino());
      stack.merged().at("g").append("+g");
      assertEquals("lower+upper", stack.merged().at("f").text());
      assertEquals("lower+upper+g", stack.merged().at("g").text());
    }
  }

  @Test
  void prefixOfPrivateAttributesIsNoName() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().get(0).at("f").file("f")).mount();
      t.step("set", "EINVAL", m -> m.at("f").setXattr("trusted.overlay.", "x"));
      t.step("get", m -> m.at("f").xattr("trusted.overlay."));
    }
  }

  @Test
  void upperInsideALayerIsALoop() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::skipLowerCheck).both(o -> o.lowers().get(1).at("d").mkdir());
      t.mount().both(o -> o.upper().rename(o.lowers().get(1).at("d/upper")));
      t.step("stat", "ELOOP", m -> m.at("d/upper").stat());
      t.step("it is listed", m -> m.at("d").list());
      t.both(o -> o.lowers().get(1).at("d/upper").rename(o.upper()));
    }
  }

  @Test
  void redirectThatIsNotFollowedIsListed() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::clearFeatures).both(o -> o.feature("redirect_dir=nofollow"));
      t.both(o -> o.lowers().get(0).at("low").mkdir().at("f").file("f"));
      t.both(o -> o.upper().at("d").mkdir().at("moved").mkdir().setXattr(REDIRECT, "/low"));
      t.both(o -> o.lowers().get(0).at("merged/moved").mkdirs());
      t.both(o -> o.upper().at("merged/moved").mkdirs().setXattr(REDIRECT, "/low")).mount();
      t.step("stat", "EPERM", m -> m.at("merged/moved").stat());
      t.step("list", m -> m.at("d").list());
      t.step("list merged", m -> m.at("merged").list());
    }
  }

  /** As a package manager does where the host's root is a layer. What is open stays what it was. */
  @Test
  void openFileOutlivesItsReplacementInTheLayer() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().get(0).at("f").file("old")).both(Overlay::skipLowerCheck).mount();
      t.step("read", m -> m.at("f").text());
      t.both(
          o -> {
            try (OpenFile open = o.merged().at("f").open(Linux.O_RDONLY)) {
              o.lowers().get(0).at("g").file("new").rename(o.lowers().get(0).at("f"));
              // Has the kernel drop what it has read.
              Exec.ok("dd", "if=" + o.merged().at("f"), "iflag=nocache", "count=0");
              assertEquals("old", open.pread(10, 0));
            }
          });
    }
  }

  /** The layers are reached by private mounts, so the user's own is never busy. */
  @ParameterizedTest
  @EnumSource(names = {"KERNEL", "DEV"})
  void filesystemOfTheLayersCanBeUnmountedMeanwhile(MountKind kind) {
    FsPath disk = newPoint();
    Exec.ok("mount", "-t", "tmpfs", "none", disk.toString());
    try (Overlay stack = new Overlay(kind, Backing.EXT4)) {
      disk.at("lower").mkdir().at("f").file("lower");
      stack.lowers().set(0, disk.at("lower"));
      stack.useUpper(disk.at("upper").mkdir(), disk.at("work").mkdir());
      stack.skipLowerCheck();
      stack.mount();
      stack.merged().at("f").append("+upper");
      assertEquals(0, Exec.run("umount", disk.toString()).status(), "it is busy");
      assertEquals("lower+upper", stack.merged().at("f").text());
    } finally {
      Exec.run("umount", disk.toString());
    }
  }

  @Test
  void longestNameIsThatOfAnyLayer() {
    Programs.need("mksquashfs", "squashfs-tools");
    FsPath image = Workspace.get().root().at(Workspace.get().newName("squashfs"));
    FsPath source = newPoint();
    FsPath layer = newPoint();
    Exec.ok("mksquashfs", source.toString(), image.toString(), "-quiet", "-no-progress");
    Exec.ok("mount", "-o", "loop,ro", image.toString(), layer.toString());
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().set(1, layer)).both(Overlay::skipLowerCheck).mount();
      t.step("f_namelen", m -> nameLength(m));
      assertEquals(nameLength(layer) + "", t.lastOutcome());
    } finally {
      Exec.ok("umount", layer.toString());
    }
  }

  @Test
  void layerWithoutAttributesSaysSo() {
    FsPath ram = newPoint();
    Exec.ok("mount", "-t", "ramfs", "none", ram.toString());
    try (Twins t = new Twins(Backing.EXT4)) {
      ram.at("f").file("text");
      ram.at("d").mkdir();
      t.both(o -> o.lowers().set(1, ram)).both(Overlay::skipLowerCheck).mount();
      for (String name : List.of("f", "d")) {
        t.step("list", m -> m.at(name).xattrs());
        for (String attribute : ATTRIBUTES) {
          t.step("get " + attribute, m -> m.at(name).xattr(attribute));
        }
        t.step("set", m -> m.at(name).setXattr("user.new", "value").xattr("user.new"));
        t.step("list", m -> m.at(name).xattrs());
      }
    } finally {
      Exec.ok("umount", ram.toString());
    }
  }

  private static long nameLength(FsPath dir) {
    try (OpenFile open = dir.open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      return open.statfs()[F_NAMELEN];
    }
  }
}
