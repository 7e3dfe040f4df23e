package dev.maskrcnn.cuda;

/**
 * What cuDNN says of an algorithm.
 *
 * @param algorithm its number among those of the pass
 * @param status 0 if it can be used
 * @param milliseconds its time, negative if unknown
 * @param workspaceBytes memory that it needs beside the operands
 * @param deterministic whether it gives the same bits in every run
 * @param math the math type to set for it
 */
record AlgorithmResult(
    int algorithm,
    int status,
    float milliseconds,
    long workspaceBytes,
    boolean deterministic,
    int math) {}
