package dev.maskrcnn.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.maskrcnn.MaskRcnnException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may depend on what, checked on the compiled classes of all modules. */
class ArchitectureTest {
  /** In the order of their dependencies: each may use those before it. */
  private static final List<String> MODULES =
      List.of("tensor", "autograd", "nn", "detection", "cli");

  private static final String DETECTION = "dev.maskrcnn.detection.";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          // The tests of tensor come as a jar.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.maskrcnn");

  private static String[] packages(List<String> modules) {
    return modules.stream().map(m -> "dev.maskrcnn." + m + "..").toArray(String[]::new);
  }

  @Test
  void allModulesAreChecked() {
    for (String module : MODULES) {
      String prefix = "dev.maskrcnn." + module;
      assertTrue(
          CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith(prefix)),
          "no class of " + module + " was found");
    }
  }

  @Test
  void modulesDependInOneDirection() {
    for (int i = 0; i + 1 < MODULES.size(); i++) {
      noClasses()
          .that()
          .resideInAnyPackage(packages(MODULES.subList(i, i + 1)))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(packages(MODULES.subList(i + 1, MODULES.size())))
          .check(CLASSES);
    }
  }

  /**
   * The packages of detection in layers: each may use those of the lines before it, and those
   * beside it on its own line if that makes no cycle.
   */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("config", "image", "coco", "log", "page"),
          List.of("metrics", "shapes", "download", "data", "family"),
          List.of("voc", "convert", "draw", "weights", "model", "report"),
          List.of("engine"),
          List.of("predict"),
          List.of("evaluate"),
          List.of("train"),
          List.of("inspect"));

  @Test
  void packagesOfDetectionFormLayers() {
    List<String> above = new ArrayList<>();
    for (int i = LAYERS.size() - 1; i >= 0; i--) {
      String[] layer = rooms(LAYERS.get(i));
      if (!above.isEmpty()) {
        noClasses()
            .that()
            .resideInAnyPackage(layer)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(rooms(above))
            .check(CLASSES);
      }
      above.addAll(LAYERS.get(i));
    }
    assertEquals(
        CLASSES.stream()
            .map(JavaClass::getPackageName)
            .filter(name -> name.startsWith(DETECTION))
            .map(name -> name.substring(DETECTION.length()))
            .collect(Collectors.toCollection(TreeSet::new)),
        new TreeSet<>(above),
        "packages of detection and packages that have a layer");
  }

  private static String[] rooms(List<String> names) {
    return names.stream().map(DETECTION::concat).toArray(String[]::new);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.maskrcnn.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  /** The packages of tensor that programs use, each of which may use those before it. */
  private static final List<String> TENSOR = List.of("shape", "device", "op", "spi");

  @Test
  void packagesOfTensorFormLayers() {
    for (int i = 0; i < TENSOR.size(); i++) {
      Stream<String> lower = TENSOR.subList(0, i).stream();
      Stream<String> known =
          Stream.concat(lower, Stream.of(TENSOR.get(i))).map(name -> "dev.maskrcnn.tensor." + name);
      String[] allowed = Stream.concat(Stream.of("dev.maskrcnn"), known).toArray(String[]::new);
      classes()
          .that()
          .resideInAPackage("dev.maskrcnn.tensor." + TENSOR.get(i))
          .should()
          .onlyDependOnClassesThat(
              resideOutsideOfPackage("dev.maskrcnn..").or(resideInAnyPackage(allowed)))
          .check(CLASSES);
    }
    noClasses()
        .that()
        .resideInAPackage("dev.maskrcnn.tensor")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.maskrcnn.tensor.host..",
            "dev.maskrcnn.tensor.cpu..",
            "dev.maskrcnn.tensor.reference..",
            "dev.maskrcnn.tensor.contract..")
        .check(CLASSES);
  }

  @Test
  void onlyTensorAndBackendsSeeTheInterfaceOfBackends() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.maskrcnn.tensor..", "dev.maskrcnn.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.maskrcnn.tensor.spi..")
        .check(CLASSES);
  }

  @Test
  void exceptionsHaveOneRoot() {
    classes()
        .that()
        .haveSimpleNameEndingWith("Exception")
        .and()
        .resideOutsideOfPackage("dev.maskrcnn.benchmarks..")
        .should()
        .beAssignableTo(MaskRcnnException.class)
        .check(CLASSES);
  }

  @Test
  void onlyTheCpuBackendKnowsOneDnn() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.maskrcnn.tensor.cpu..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco.dnnl..", "org.bytedeco.opencl..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCudaBackendKnowsCuda() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.maskrcnn.cuda..", "jcuda..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jcuda..", "dev.maskrcnn.cuda..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage("dev.maskrcnn.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.maskrcnn.autograd..", "dev.maskrcnn.nn..", "dev.maskrcnn.detection..")
        .check(CLASSES);
  }

  @Test
  void onlyTheBackendsLookForNativeLibraries() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.maskrcnn.tensor.cpu..", "dev.maskrcnn.cuda..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCpuBackendAndHostMemoryKnowJavaCpp() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.maskrcnn.tensor.cpu..", "dev.maskrcnn.tensor.host..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.bytedeco.javacpp..")
        .check(CLASSES);
  }

  @Test
  void opsAndReferenceKernelsKnowNoBackend() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.maskrcnn.tensor.op..", "dev.maskrcnn.tensor.reference..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.maskrcnn.tensor.cpu..")
        .check(CLASSES);
  }

  @Test
  void librariesStayWhereTheyBelong() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.maskrcnn.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "ch.qos.logback..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.maskrcnn.detection..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.awt..", "javax.imageio..", "org.knowm.xchart..")
        .check(CLASSES);
  }

  @Test
  void errorsHaveTypesOfTheirOwn() {
    NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS.check(CLASSES);
  }

  @Test
  void oneLog() {
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CLASSES);
  }

  @Test
  void noStaticMutableState() {
    fields().that().areStatic().should().beFinal().check(CLASSES);
  }

  @Test
  void namesSayWhatAClassIs() {
    classes()
        .should()
        .haveNameNotMatching(".*(Impl|Manager|Utils?|Helper|Base|Info|Processor)")
        .check(CLASSES);
  }
}
