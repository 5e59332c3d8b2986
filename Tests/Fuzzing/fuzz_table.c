/* The input is a table and what is done with it. */
#include "explain.h"
#include "game.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

	game_play(data, size);
	return 0;
}
