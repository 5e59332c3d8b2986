/* All functions are inline, but a target needs a file to compile. */
#include <CSwiftTask.h>
