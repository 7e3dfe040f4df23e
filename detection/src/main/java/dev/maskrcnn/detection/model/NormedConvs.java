package dev.maskrcnn.detection.model;

import dev.maskrcnn.detection.model.ModelSettings.GroupNorms;
import dev.maskrcnn.nn.Conv2d;
import dev.maskrcnn.nn.ConvFrozenNorm;
import dev.maskrcnn.nn.ConvGeometry;
import dev.maskrcnn.nn.ConvGroupNorm;
import dev.maskrcnn.nn.ConvLayer;
import dev.maskrcnn.nn.Initializer;
import dev.maskrcnn.nn.Scope;
import java.util.Optional;

/** Makes convolutions with the norm that the settings ask for, under the original's names. */
final class NormedConvs {
  private NormedConvs() {}

  /**
   * How a convolution of the pyramid or a head is named.
   *
   * @param alone where it has no norm
   * @param convolution, norm where it has one
   */
  record Names(Scope alone, Scope convolution, Scope norm) {
    /** {@code name}, or {@code name.0} and {@code name.1}. */
    static Names pair(Scope name) {
      return new Names(name, name.child(0), name.child(1));
    }
  }

  /** A convolution of the body: frozen batch norm or group norm in a scope of its own. */
  static ConvLayer body(
      ResNetSettings body, Scope convolution, Scope norm, ConvGeometry geometry, boolean relu) {
    Initializer init = Initializer.kaimingUniform();
    if (body.norms().isPresent()) {
      ConvGroupNorm.Site site = site(convolution, norm, body.norms().get(), geometry);
      return new ConvGroupNorm(site, geometry, init, relu);
    }
    ConvFrozenNorm.Site site = new ConvFrozenNorm.Site(convolution, norm, body.frozenEpsilon());
    return new ConvFrozenNorm(site, geometry, init, relu);
  }

  /** A convolution of the pyramid or a head: with a group norm, or else with a bias. */
  static ConvLayer biased(
      Names names,
      ConvGeometry geometry,
      Initializer init,
      Optional<GroupNorms> norms,
      boolean relu) {
    if (norms.isEmpty()) {
      return Conv2d.biased(names.alone, geometry, init, relu);
    }
    ConvGroupNorm.Site site = site(names.convolution, names.norm, norms.get(), geometry);
    return new ConvGroupNorm(site, geometry, init, relu);
  }

  private static ConvGroupNorm.Site site(
      Scope convolution, Scope norm, GroupNorms gn, ConvGeometry geometry) {
    return new ConvGroupNorm.Site(convolution, norm, gn.groupsFor(geometry.out()), gn.epsilon());
  }
}
