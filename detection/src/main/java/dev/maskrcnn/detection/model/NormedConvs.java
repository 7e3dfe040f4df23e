package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.model.ModelSettings.GroupNorms;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvFrozenNorm;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvGroupNorm;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Scope;

/** Makes convolutions with the norm that the settings ask for, under the original's names. */
final class NormedConvs {
  private NormedConvs() {}

  /** A convolution of the body: frozen batch norm or group norm in a scope of its own. */
  static ConvLayer body(
      ModelSettings settings, Scope convolution, Scope norm, ConvGeometry geometry, boolean relu) {
    Initializer init = Initializer.kaimingUniform();
    if (settings.body().groupNorm()) {
      GroupNorms gn = settings.body().norms();
      ConvGroupNorm.Site site =
          new ConvGroupNorm.Site(convolution, norm, gn.groupsFor(geometry.out()), gn.epsilon());
      return new ConvGroupNorm(site, geometry, init, relu);
    }
    ConvFrozenNorm.Site site =
        new ConvFrozenNorm.Site(convolution, norm, settings.conventions().normEpsilon());
    return new ConvFrozenNorm(site, geometry, init, relu);
  }

  /**
   * A convolution of the pyramid or a head: with a bias, or, if {@code groupNorm}, as the pair
   * {@code name.0} (convolution) and {@code name.1} (norm).
   */
  static ConvLayer head(
      Scope scope, ConvGeometry geometry, Initializer init, GroupNorms groupNorm, boolean relu) {
    if (groupNorm == null) {
      return Conv2d.biased(scope, geometry, init, relu);
    }
    ConvGroupNorm.Site site =
        new ConvGroupNorm.Site(
            scope.child(0),
            scope.child(1),
            groupNorm.groupsFor(geometry.out()),
            groupNorm.epsilon());
    return new ConvGroupNorm(site, geometry, init, relu);
  }
}
