/** Tests of the commands, run in this process, and of the rules that hold for the whole source. */
package dev.maskrcnn.cli;
