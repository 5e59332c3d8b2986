#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define LARGEST		65536

static void
explain(const char *path)
{
	uint8_t *data = malloc(LARGEST);
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL || data == NULL) {
		(void)fprintf(stderr, "%s can't be read.\n", path);
		exit(1);
	}
	size = fread(data, 1, LARGEST, file);
	(void)fclose(file);
	(void)printf("--- %s, %zu bytes\n", path, size);
	(void)LLVMFuzzerTestOneInput(data, size);
	(void)printf("--- as it should be\n");
	free(data);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{

	if (*argc < 2 || strcmp((*argv)[1], "--explain") != 0)
		return 0;
	history_explain(true);
	for (int i = 2; i < *argc; i++)
		explain((*argv)[i]);
	exit(0);
}
