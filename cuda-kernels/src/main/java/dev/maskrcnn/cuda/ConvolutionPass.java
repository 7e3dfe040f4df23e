package dev.maskrcnn.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;

/** The three computations of a convolution, each with algorithms of its own. */
enum ConvolutionPass {
  /** y from x and w. */
  FORWARD {
    @Override
    List<AlgorithmResult> expected(Cudnn cudnn, ConvolutionDescriptors d) {
      var found = fill(new cudnnConvolutionFwdAlgoPerf[MOST], cudnnConvolutionFwdAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnGetConvolutionForwardAlgorithm_v7Native(
              cudnn.handle(), d.x(), d.w(), d.convolution(), d.y(), MOST, count, found),
          "algorithms");
      return list(found, count[0], FORWARD_RESULT);
    }

    @Override
    List<AlgorithmResult> measured(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a) {
      var found = fill(new cudnnConvolutionFwdAlgoPerf[MOST], cudnnConvolutionFwdAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnFindConvolutionForwardAlgorithmExNative(
              cudnn.handle(),
              d.x(),
              a.x(),
              d.w(),
              a.w(),
              d.convolution(),
              d.y(),
              a.y(),
              MOST,
              count,
              found,
              a.workspace(),
              a.workspaceBytes()),
          "search");
      return list(found, count[0], FORWARD_RESULT);
    }

    @Override
    int run(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a, int algorithm) {
      return JCudnn.cudnnConvolutionForwardNative(
          cudnn.handle(),
          cudnn.scalars().one(),
          d.x(),
          a.x(),
          d.w(),
          a.w(),
          d.convolution(),
          algorithm,
          a.workspace(),
          a.workspaceBytes(),
          cudnn.scalars().zero(),
          d.y(),
          a.y());
    }
  },

  /** dx, in the place of x, from dy, in the place of y, and w. */
  BACKWARD_DATA {
    @Override
    List<AlgorithmResult> expected(Cudnn cudnn, ConvolutionDescriptors d) {
      var found =
          fill(new cudnnConvolutionBwdDataAlgoPerf[MOST], cudnnConvolutionBwdDataAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7Native(
              cudnn.handle(), d.w(), d.y(), d.convolution(), d.x(), MOST, count, found),
          "algorithms");
      return list(found, count[0], DATA_RESULT);
    }

    @Override
    List<AlgorithmResult> measured(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a) {
      var found =
          fill(new cudnnConvolutionBwdDataAlgoPerf[MOST], cudnnConvolutionBwdDataAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnFindConvolutionBackwardDataAlgorithmExNative(
              cudnn.handle(),
              d.w(),
              a.w(),
              d.y(),
              a.y(),
              d.convolution(),
              d.x(),
              a.x(),
              MOST,
              count,
              found,
              a.workspace(),
              a.workspaceBytes()),
          "search");
      return list(found, count[0], DATA_RESULT);
    }

    @Override
    int run(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a, int algorithm) {
      return JCudnn.cudnnConvolutionBackwardDataNative(
          cudnn.handle(),
          cudnn.scalars().one(),
          d.w(),
          a.w(),
          d.y(),
          a.y(),
          d.convolution(),
          algorithm,
          a.workspace(),
          a.workspaceBytes(),
          cudnn.scalars().zero(),
          d.x(),
          a.x());
    }
  },

  /** dw, in the place of w, from x and dy, in the place of y. */
  BACKWARD_FILTER {
    @Override
    List<AlgorithmResult> expected(Cudnn cudnn, ConvolutionDescriptors d) {
      var found =
          fill(new cudnnConvolutionBwdFilterAlgoPerf[MOST], cudnnConvolutionBwdFilterAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7Native(
              cudnn.handle(), d.x(), d.y(), d.convolution(), d.w(), MOST, count, found),
          "algorithms");
      return list(found, count[0], FILTER_RESULT);
    }

    @Override
    List<AlgorithmResult> measured(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a) {
      var found =
          fill(new cudnnConvolutionBwdFilterAlgoPerf[MOST], cudnnConvolutionBwdFilterAlgoPerf::new);
      int[] count = new int[1];
      cudnn.check(
          JCudnn.cudnnFindConvolutionBackwardFilterAlgorithmExNative(
              cudnn.handle(),
              d.x(),
              a.x(),
              d.y(),
              a.y(),
              d.convolution(),
              d.w(),
              a.w(),
              MOST,
              count,
              found,
              a.workspace(),
              a.workspaceBytes()),
          "search");
      return list(found, count[0], FILTER_RESULT);
    }

    @Override
    int run(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a, int algorithm) {
      return JCudnn.cudnnConvolutionBackwardFilterNative(
          cudnn.handle(),
          cudnn.scalars().one(),
          d.x(),
          a.x(),
          d.y(),
          a.y(),
          d.convolution(),
          algorithm,
          a.workspace(),
          a.workspaceBytes(),
          cudnn.scalars().zero(),
          d.w(),
          a.w());
    }
  };

  /** More than cuDNN has of any pass. */
  private static final int MOST = 10;

  private static final Function<cudnnConvolutionFwdAlgoPerf, AlgorithmResult> FORWARD_RESULT =
      r -> new AlgorithmResult(r.algo, r.status, r.time, r.memory, r.determinism == 1, r.mathType);
  private static final Function<cudnnConvolutionBwdDataAlgoPerf, AlgorithmResult> DATA_RESULT =
      r -> new AlgorithmResult(r.algo, r.status, r.time, r.memory, r.determinism == 1, r.mathType);
  private static final Function<cudnnConvolutionBwdFilterAlgoPerf, AlgorithmResult> FILTER_RESULT =
      r -> new AlgorithmResult(r.algo, r.status, r.time, r.memory, r.determinism == 1, r.mathType);

  private static <T> T[] fill(T[] places, Supplier<T> place) {
    Arrays.setAll(places, i -> place.get());
    return places;
  }

  private static <T> List<AlgorithmResult> list(
      T[] found, int count, Function<T, AlgorithmResult> result) {
    return Stream.of(found).limit(count).map(result).toList();
  }

  /** The algorithms, best first, as the library's heuristics see it. */
  abstract List<AlgorithmResult> expected(Cudnn cudnn, ConvolutionDescriptors d);

  /** The algorithms, best first, after running each; overwrites the result. */
  abstract List<AlgorithmResult> measured(
      Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a);

  /** Issues the computation and returns cuDNN's status. */
  abstract int run(Cudnn cudnn, ConvolutionDescriptors d, ConvolutionArrays a, int algorithm);

  /** Short name. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
