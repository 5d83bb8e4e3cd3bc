/*-------------------------------------------------------------------------
 *
 * image.h
 *	  Images of jsonb that may be damaged: ways into them, and more damage.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "documents.h"

/* A child as its container's entry tells; lies inside of the image in any case. */
typedef struct Part
{
	Size		entry;			/* where its JEntry is */
	Size		start;			/* behind the padding */
	Size		length;
	uint32		type;
} Part;

/* Where a walk has ended. */
typedef struct Place
{
	List	   *path;			/* of char *, without zero bytes */
	Part		part;
	Part		key;			/* of a pair of an object below it, to search
								 * by ... */
	Part		key_value;		/* ... and its value */
	bool		has_pair;
} Place;

extern Place walk_image(const uint8 *image, Size length, Input *input, uint32 kind);
extern Size damage_image(uint8 *image, Size length, Size max_length, Input *input);
extern size_t mutate_image(uint8 *data, size_t choices, size_t size, size_t max_size,
						   unsigned int seed);
extern Size damage_stream(uint8 *stream, Size size, Input *input);

/* A claim to be larger than this is core's matter, and takes too long. */
#define STREAM_CLAIM_BITS	20

#endif							/* FUZZ_IMAGE_H */
