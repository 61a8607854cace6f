package ovl;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static java.util.stream.Collectors.toCollection;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;

/**
 * The import table of the production classes of both modules. A package may use itself, the
 * packages of its row and libraries; a library that binds native code or parses command lines may
 * be used only by the packages that own it.
 */
final class ArchitectureTest {
  private static final Map<String, Set<String>> MAY_USE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("ovl.sys", Set.of()),
              Map.entry("ovl.fs", Set.of("ovl.sys")),
              Map.entry("ovl.layer", Set.of("ovl.sys")),
              Map.entry("ovl.overlay", Set.of("ovl.fs", "ovl.layer", "ovl.sys")),
              Map.entry("ovl.transport", Set.of("ovl.fs", "ovl.sys")),
              Map.entry("ovl.transport.dev.wire", Set.of("ovl.sys")),
              Map.entry(
                  "ovl.transport.dev",
                  Set.of("ovl.transport", "ovl.transport.dev.wire", "ovl.fs", "ovl.sys")),
              Map.entry("ovl.transport.libfuse2", Set.of("ovl.transport", "ovl.fs", "ovl.sys")),
              Map.entry(
                  "ovl.mount",
                  Set.of(
                      "ovl.overlay",
                      "ovl.layer",
                      "ovl.transport",
                      "ovl.transport.dev",
                      "ovl.transport.libfuse2",
                      "ovl.fs",
                      "ovl.sys")),
              Map.entry("ovl.daemon", Set.of("ovl.mount")),
              Map.entry("ovl.cli", Set.of("ovl.daemon", "ovl.mount"))));

  private static final Map<String, Set<String>> OWNERS =
      new TreeMap<>(
          Map.of(
              "jnr..", Set.of("ovl.transport.libfuse2"),
              "com.kenai..", Set.of("ovl.sys"),
              "ru.serce..", Set.of("ovl.transport.libfuse2"),
              "picocli..", Set.of("ovl.cli")));

  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("ovl");

  /**
   * Every row has classes and every class has a row; without this, a module missing from the class
   * path or a new package would satisfy the rules below by not being looked at.
   */
  @Test
  void tableNamesExactlyTheProductionPackages() {
    Set<String> found =
        PRODUCTION.stream().map(JavaClass::getPackageName).collect(toCollection(TreeSet::new));
    assertEquals(MAY_USE.keySet(), found);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void packageUsesOnlyWhatItsRowAllows(String name) {
    Set<String> forbidden = new TreeSet<>(MAY_USE.keySet());
    forbidden.removeAll(MAY_USE.get(name));
    forbidden.remove(name);
    noClasses()
        .that()
        .resideInAPackage(name)
        .should()
        .dependOnClassesThat(resideInAnyPackage(forbidden.toArray(String[]::new)))
        .check(PRODUCTION);
  }

  @ParameterizedTest
  @MethodSource("libraries")
  void onlyItsOwnersUseTheLibrary(String library) {
    noClasses()
        .that()
        .resideOutsideOfPackages(OWNERS.get(library).toArray(String[]::new))
        .should()
        .dependOnClassesThat(resideInAnyPackage(library))
        .check(PRODUCTION);
  }

  /**
   * Command line and mount options are read before it is known where to log: a logger made by then
   * would load the whole of logback, a quarter of the time from start to mount.
   */
  @Test
  void noLoggerIsMadeBeforeTheOptionsAreRead() {
    noFields()
        .that()
        .areDeclaredInClassesThat(resideInAnyPackage("ovl.cli", "ovl.mount"))
        .should()
        .haveRawType(Logger.class)
        .check(PRODUCTION);
  }

  private static Stream<String> packages() {
    return MAY_USE.keySet().stream();
  }

  private static Stream<String> libraries() {
    return OWNERS.keySet().stream();
  }
}
