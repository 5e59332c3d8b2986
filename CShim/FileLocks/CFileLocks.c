#include "CFileLocks.h"
