// Answers as libcublas.so.12 where only CUDA 13 is installed: hands the calls that the CUDA backend
// makes on to libcublas.so.13. Their arguments and numbers are the same in both versions.
//
//   cc -shared -fPIC -O2 -Wl,-soname,libcublas.so.12 -Wl,--version-script=cublas12.map
//      -o libcublas.so.12 cublas12.c -ldl            (one line; bundle.sh and run.sh do it)
//
// JCuda's native library asks for symbols of version libcublas.so.12, so a link under that name to
// the newer file would not do. CUBLAS13 names the newer library if the loader does not find it.
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOT_INITIALIZED = 1 };

static void *newer;

__attribute__((constructor)) static void open_newer(void) {
  const char *name = getenv("CUBLAS13");
  name = name == NULL ? "libcublas.so.13" : name;
  newer = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (newer == NULL) {
    fprintf(stderr, "libcublas.so.12, the forwarder: %s\n", dlerror());
  }
}

// The function of the newer library, looked up at its first call.
static void *find(void **function, const char *name) {
  if (*function == NULL && newer != NULL) {
    *function = dlsym(newer, name);
  }
  return *function;
}

#define FORWARD(name, parameters, arguments)                              \
  int name parameters {                                                   \
    static void *function;                                                \
    typedef int Call parameters;                                          \
    Call *call = (Call *)find(&function, #name);                          \
    return call == NULL ? NOT_INITIALIZED : call arguments;               \
  }

FORWARD(cublasCreate_v2, (void **handle), (handle))
FORWARD(cublasDestroy_v2, (void *handle), (handle))
FORWARD(cublasGetVersion_v2, (void *handle, int *version), (handle, version))
FORWARD(cublasGetProperty, (int which, int *value), (which, value))
FORWARD(cublasSetStream_v2, (void *handle, void *stream), (handle, stream))
FORWARD(cublasGetStream_v2, (void *handle, void **stream), (handle, stream))
FORWARD(cublasSetWorkspace_v2, (void *handle, void *workspace, size_t bytes),
        (handle, workspace, bytes))
FORWARD(cublasSetMathMode, (void *handle, int mode), (handle, mode))
FORWARD(cublasGetMathMode, (void *handle, int *mode), (handle, mode))
FORWARD(cublasSetPointerMode_v2, (void *handle, int mode), (handle, mode))
FORWARD(cublasGemmEx,
        (void *handle, int op_a, int op_b, int m, int n, int k, const void *alpha, const void *a,
         int a_type, int lda, const void *b, int b_type, int ldb, const void *beta, void *c,
         int c_type, int ldc, int compute, int algorithm),
        (handle, op_a, op_b, m, n, k, alpha, a, a_type, lda, b, b_type, ldb, beta, c, c_type, ldc,
         compute, algorithm))

#define FORWARD_TEXT(name)                                                \
  const char *name(int status) {                                          \
    static void *function;                                                \
    typedef const char *Call(int);                                        \
    Call *call = (Call *)find(&function, #name);                          \
    return call == NULL ? "libcublas.so.13 is missing" : call(status);    \
  }

FORWARD_TEXT(cublasGetStatusName)
FORWARD_TEXT(cublasGetStatusString)
