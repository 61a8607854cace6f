package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static ovl.it.os.User.ALICE;
import static ovl.it.os.User.BOB;
import static ovl.it.posix.Fixture.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** POSIX access control lists: enforced, inherited, and in step with the mode. */
public interface AclTests extends Fixture {
  String ACCESS = "system.posix_acl_access";
  String DEFAULT = "system.posix_acl_default";

  /**
   * The xattr value for entries as setfacl(1) writes them, ids as numbers: {@code
   * u::rw-,u:4001:r--,g::r--,m::r--,o::---}, in that order.
   */
  static byte[] acl(String text) {
    String[] entries = text.split(",");
    ByteBuffer value = ByteBuffer.allocate(4 + 8 * entries.length).order(ByteOrder.LITTLE_ENDIAN);
    value.putInt(2);
    for (String entry : entries) {
      String[] parts = entry.split(":");
      boolean named = !parts[1].isEmpty();
      int tag =
          switch (parts[0]) {
            case "u" -> named ? 0x02 : 0x01;
            case "g" -> named ? 0x08 : 0x04;
            case "m" -> 0x10;
            default -> 0x20;
          };
      int bits = 0;
      for (int i = 0; i < 3; i++) {
        bits |= parts[2].charAt(i) == '-' ? 0 : 4 >> i;
      }
      value.putShort((short) tag).putShort((short) bits);
      value.putInt(named ? Integer.parseInt(parts[1]) : -1);
    }
    return value.array();
  }

  private static void assertAcl(String expected, FsPath path, String name) {
    assertArrayEquals(acl(expected), path.xattrBytes(name), () -> name + " of " + path);
  }

  @Test
  default void aclOfALowerIsEnforced() {
    lower("f").file("x").setXattr(ACCESS, acl("u::rw-,u:4001:rw-,g::---,m::rw-,o::---"), 0);
    mount();
    BOB.run(() -> assertErrno(Errno.EACCES, () -> merged("f").text()));
    ALICE.run(
        () -> {
          assertEquals("x", merged("f").text());
          merged("f").append("y");
        });
    BOB.run(() -> assertErrno(Errno.EACCES, () -> merged("f").text()));
    assertEquals("xy", upper("f").text());
  }

  @Test
  default void aclCanTakeRightsAway() {
    lower("f").file("x").setXattr(ACCESS, acl("u::rw-,u:4001:---,g::r--,m::r--,o::r--"), 0);
    mount();
    ALICE.run(() -> assertErrno(Errno.EACCES, () -> merged("f").text()));
    BOB.run(() -> assertEquals("x", merged("f").text()));
  }

  @Test
  default void aclSetOnTheMountIsEnforcedAtOnce() {
    lower("f").file("x").chmod(0600);
    mount();
    ALICE.run(() -> assertErrno(Errno.EACCES, () -> merged("f").text()));
    merged("f").setXattr(ACCESS, acl("u::rw-,u:4001:r--,g::---,m::r--,o::---"), 0);
    ALICE.run(() -> assertEquals("x", merged("f").text()));
    assertEquals(0640, merged("f").stat().permissions());
    merged("f").removeXattr(ACCESS);
    ALICE.run(() -> assertErrno(Errno.EACCES, () -> merged("f").text()));
    assertNull(merged("f").xattrBytes(ACCESS));
  }

  @Test
  default void aclOnDirectoriesGuardsNames() {
    lower("d").mkdir().chmod(0700);
    lower("d").setXattr(ACCESS, acl("u::rwx,u:4001:rwx,g::---,m::rwx,o::---"), 0);
    mount();
    ALICE.run(() -> merged("d/f").file("alice's"));
    BOB.run(() -> assertErrno(Errno.EACCES, () -> merged("d/f").text()));
    assertAcl("u::rwx,u:4001:rwx,g::---,m::rwx,o::---", upper("d"), ACCESS);
  }

  @Test
  default void chmodChangesTheMask() {
    lower("f").file("x").setXattr(ACCESS, acl("u::rw-,u:4001:rw-,g::r--,m::rw-,o::---"), 0);
    mount();
    merged("f").chmod(0640);
    assertAcl("u::rw-,u:4001:rw-,g::r--,m::r--,o::---", merged("f"), ACCESS);
    assertAcl("u::rw-,u:4001:rw-,g::r--,m::r--,o::---", upper("f"), ACCESS);
    ALICE.run(() -> assertErrno(Errno.EACCES, () -> merged("f").append("x")));
  }

  @Test
  default void aclThatSaysNoMoreThanAModeBecomesTheMode() {
    lower("f").file("x");
    mount();
    merged("f").setXattr(ACCESS, acl("u::rw-,g::r--,o::---"), 0);
    assertEquals(0640, merged("f").stat().permissions());
    assertEquals(0640, upper("f").stat().permissions());
    assertNull(merged("f").xattrBytes(ACCESS));
  }

  @Test
  default void newFilesInheritTheDefaultAclAndNotTheUmask() {
    String inherited = "u::rwx,u:4001:rwx,g::r-x,m::rwx,o::---";
    lower("d").mkdir().chmod(0777).setXattr(DEFAULT, acl(inherited), 0);
    mount();
    BOB.withUmask(077).run(() -> merged("d/f").open(Linux.O_CREAT | Linux.O_WRONLY, 0666).close());
    assertAcl("u::rw-,u:4001:rwx,g::r-x,m::rw-,o::---", upper("d/f"), ACCESS);
    assertAcl("u::rw-,u:4001:rwx,g::r-x,m::rw-,o::---", merged("d/f"), ACCESS);
    assertEquals(0660, merged("d/f").stat().permissions());
    assertEquals(BOB.uid(), merged("d/f").stat().uid());
    ALICE.run(() -> merged("d/f").append("may"));
  }

  @Test
  default void newDirectoriesInheritTheDefaultAclForTheirOwn() {
    String inherited = "u::rwx,u:4001:r-x,g::r-x,m::r-x,o::---";
    lower("d").mkdir().setXattr(DEFAULT, acl(inherited), 0);
    lower("d/gone").mkdir();
    mount();
    merged("d/e").mkdir(0777);
    merged("d/gone").rmdir();
    merged("d/gone").mkdir(0777);
    for (String name : java.util.List.of("d/e", "d/gone")) {
      assertAcl(inherited, upper(name), DEFAULT);
      assertAcl(inherited, merged(name), ACCESS);
      assertEquals(0750, merged(name).stat().permissions(), name);
    }
  }

  @Test
  default void replacedFilesInheritTheDefaultAcl() {
    lower("d").mkdir().at("f").file("old");
    lower("d").setXattr(DEFAULT, acl("u::rwx,u:4001:r--,g::---,m::r--,o::---"), 0);
    mount();
    merged("d/f").unlink();
    merged("d/f").file("new");
    assertAcl("u::rw-,u:4001:r--,g::---,m::r--,o::---", upper("d/f"), ACCESS);
  }

  @Test
  default void setfaclAndGetfaclWork() {
    lower("f").file("x").chmod(0600);
    mount();
    ovl.it.os.Exec.ok("setfacl", "-m", "u:4001:r", merged("f").toString());
    String shown = ovl.it.os.Exec.ok("getfacl", "-n", "-p", merged("f").toString()).out();
    assertEquals(true, shown.contains("user:4001:r--"), shown);
  }

  @Test
  default void onlyTheOwnerSetsAcls() {
    lower("f").file("x").chmod(0666);
    mount();
    byte[] acl = acl("u::rw-,u:4001:rw-,g::---,m::rw-,o::---");
    ALICE.run(() -> assertErrno(Errno.EPERM, () -> merged("f").setXattr(ACCESS, acl, 0)));
    assertNull(merged("f").xattrBytes(ACCESS));
  }

  @Test
  default void onlyTheAccessAclOfAnOwnerOutsideTheGroupDropsSetgid() {
    for (String name : new String[] {"d", "a"}) {
      lower(name).mkdir().chown(ALICE.uid(), BOB.gid()).chmod(02770);
    }
    mount();
    ALICE.run(
        () -> {
          merged("d").setXattr(DEFAULT, acl("u::rwx,g::r-x,o::---"), 0);
          merged("a").setXattr(ACCESS, acl("u::rwx,u:4002:r-x,g::r-x,m::rwx,o::---"), 0);
        });
    assertEquals(02770, merged("d").stat().permissions());
    assertEquals(0770, merged("a").stat().permissions());
  }

  @Test
  default void defaultAclIsForDirectoriesOnly() {
    lower("f").file("x");
    mount();
    byte[] acl = acl("u::rw-,g::r--,o::---");
    assertErrno(Errno.EACCES, () -> merged("f").setXattr(DEFAULT, acl, 0));
  }
}
