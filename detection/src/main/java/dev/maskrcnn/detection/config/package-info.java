/**
 * Configuration of training and inference: keys, files, overrides, built-in recipes, data sets.
 *
 * <p>Purpose: read the YAML files and {@code KEY VALUE} pairs of NVIDIA's and Facebook's
 * maskrcnn-benchmark unchanged, with the rules of its {@code yacs} library, and say in one line
 * what is wrong with a file that does not fit.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A {@link dev.maskrcnn.detection.config.Config} never changes; merging returns another one.
 *       It always holds all keys, each with a value of the key's type or {@code None}, and each
 *       value knows where it came from.
 *   <li>User mistakes are {@link dev.maskrcnn.detection.config.ConfigException}s that name key and
 *       file with line. An unknown key or wrong accessor in code is an {@code
 *       IllegalArgumentException}.
 *   <li>{@code toYaml()} read again gives an equal configuration.
 * </ul>
 *
 * <p>Read first: {@code Config}, then {@code ConfigKeys}, which is the whole list. To add a key,
 * add a line there. To add a recipe, put a YAML file into the resource folder of this package and
 * its name into {@code index.txt}.
 */
package dev.maskrcnn.detection.config;
