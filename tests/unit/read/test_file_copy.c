/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a feed of files gives for a copy: blocks beside packets in their place, losses in
 * front of what a filter takes away, and for sending, frames without their FCS. Files are
 * made by hand.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "frames/pcapng_copy.h"
#include "read/file_feed.h"
#include "reader_support.h"
#include "scratch.h"

/* What came, in its order: lengths and losses of packets, and blocks. */
struct story {
	char text[4096];
	size_t used;
};

static struct story story;
static struct stats stats;
static struct reader *reader;
static struct file_feed *feed;

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	story.used += (size_t)vsnprintf(story.text + story.used, sizeof(story.text) - story.used,
					format, args);
	va_end(args);
}

static int beside(void *context, const struct pcapng_block *block, struct error *err)
{
	uint32_t words[3];

	(void)context;
	(void)err;
	memcpy(words, block->bytes, sizeof(words));
	assert_int_equal(words[1], block->count);
	tell("[%u of %u%s] ", words[0], words[2], block->lasting ? ", lasting" : "");
	return 0;
}

/* Reads the file as the config has it. */
static void read_all(struct made *made, struct file_feed_config config, bool keeps_blocks)
{
	const char *path = "file";
	const struct reader_config files = {.paths = &path,
					    .count = 1,
					    .keeps_blocks = keeps_blocks};
	struct frame frames[16];
	struct block *block;
	struct error err;
	uint32_t count;
	int rc;

	story = (struct story){.text = ""};
	made_write(made, path);
	assert_int_equal(reader_open(&files, &reader, &err), 0);
	assert_int_equal(reader_start(reader, UINT64_MAX, &err), 0);
	config.reader = reader;
	config.stats = &stats;
	config.loops = 1;
	if (file_feed_open(&config, &feed, &err) < 0)
		fail_msg("%s", err.text);
	while ((rc = file_feed_feed(feed)->ops->next(file_feed_feed(feed), &block)) != FEED_END) {
		assert_true(rc >= 0);
		/* A request to stop would be heard now. */
		if (rc == 0)
			continue;
		while ((count = file_feed_feed(feed)->ops->frames(file_feed_feed(feed), block,
								  frames, 16)) > 0)
			for (uint32_t i = 0; i < count; i++)
				if (frames[i].lost)
					tell("%u+%u ", frames[i].len, (unsigned)frames[i].lost);
				else
					tell("%u ", frames[i].len);
		block_put(block);
	}
}

static void done(struct made *made)
{
	file_feed_close(feed);
	reader_close(reader);
	made_drop(made);
}

static void put_number(struct made *made, uint16_t code, uint64_t value)
{
	value = made->swapped ? __builtin_bswap64(value) : value;
	made_option(made, code, &value, 8);
}

static void put_statistics(struct made *made, uint32_t interface, const char *comment)
{
	made_block(made, 5);
	made_put32(made, interface);
	made_put64(made, 1);
	put_number(made, 4, 9);
	if (comment)
		made_option(made, 1, comment, (uint16_t)strlen(comment));
	made_end(made);
}

static void put_secrets(struct made *made)
{
	made_block(made, 10);
	made_put32(made, 0x544c534b);
	made_put32(made, 4);
	made_put_data(made, 4, 1);
	made_end(made);
}

static void blocks_in_their_place(void **state)
{
	const struct file_feed_config config = {.beside = beside};
	struct made made;

	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		made_new(&made, swapped);
		made_shb(&made);
		made_idb(&made, 1, "eth0");
		put_secrets(&made);
		put_statistics(&made, 0, NULL);
		made_epb(&made, 0, 1, 60);
		made_epb(&made, 0, 2, 61);
		put_statistics(&made, 0, "a gap");
		made_epb(&made, 0, 3, 62);
		put_statistics(&made, 0, NULL);
		read_all(&made, config, true);
		assert_string_equal(story.text, "[10 of 1414288203, lasting] [5 of 0] 60 61 "
						"[5 of 0] 62 [5 of 0] ");
		assert_int_equal(reader_left(reader), 0);
		file_feed_close(feed);
		reader_close(reader);
		/* Not asked for, they are passed over. */
		read_all(&made, config, false);
		assert_string_equal(story.text, "60 61 62 ");
		assert_int_equal(reader_left(reader), PCAPNG_LEFT_BLOCKS);
		done(&made);
	}
}

/* Of many statistics with no packet between them the last are as good as all, but for
 * those with a comment, and those of another section. */
static void statistics_that_later_ones_repeat(void **state)
{
	const struct file_feed_config config = {.beside = beside, .expression = "greater 100"};
	struct made made;

	(void)state;
	made_new(&made, false);
	for (int section = 0; section < 2; section++) {
		made_shb(&made);
		made_idb(&made, 1, "eth0");
		made_idb(&made, 1, "eth1");
		for (uint32_t i = 0; i < 1000; i++) {
			put_statistics(&made, i % 2, i == 500 ? "a gap" : NULL);
			made_epb(&made, 0, 1, 60);
		}
		made_epb(&made, 1, 2, 200);
	}
	read_all(&made, config, true);
	assert_string_equal(story.text, "[5 of 0] [5 of 0] [5 of 1] 200 "
					"[5 of 0] [5 of 0] [5 of 1] 200 ");
	done(&made);
}

/* Those of interfaces that are left out are none, and the others have the numbers that
 * frames have. */
static void statistics_of_chosen_interfaces(void **state)
{
	static const struct file_feed_choice choice = {.name = "eth1", .chosen_by = "-i"};
	const struct file_feed_config config = {.beside = beside,
						.choices = &choice,
						.choice_count = 1};
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	made_idb(&made, 1, "eth1");
	put_statistics(&made, 0, NULL);
	put_statistics(&made, 1, NULL);
	made_epb(&made, 0, 1, 60);
	made_epb(&made, 1, 2, 61);
	/* Of none there is. */
	put_statistics(&made, 2, NULL);
	read_all(&made, config, true);
	assert_string_equal(story.text, "[5 of 0] 61 ");
	assert_int_equal(reader_left(reader), PCAPNG_LEFT_UNKNOWN);
	done(&made);
}

static void losses_move_on(void **state)
{
	static const uint32_t lost[] = {1, 2, 4, 8, 16, 32};
	const struct file_feed_config config = {.expression = "greater 100"};
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "eth0");
	made_idb(&made, 1, "eth1");
	for (uint32_t i = 0; i < 6; i++) {
		/* The fourth and fifth pass, one of each interface. */
		const uint32_t caplen = i == 3 || i == 4 ? 200 : 60;

		made_epb_open(&made, i % 2, i, caplen, caplen);
		put_number(&made, 4, lost[i]);
		made_end(&made);
	}
	read_all(&made, config, false);
	assert_string_equal(story.text, "200+10 200+21 ");
	assert_int_equal(file_feed_lost(feed), 32);
	done(&made);
}

static void frames_without_fcs(void **state)
{
	const struct file_feed_config strips = {.strips_fcs = true}, keeps = {0};
	const uint32_t flags = 2 << 5;
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_block(&made, 1);
	made_put16(&made, 1);
	made_put16(&made, 0);
	made_put32(&made, 0);
	made_option(&made, 13, "\4", 1);
	made_end(&made);
	made_epb(&made, 0, 1, 64);
	made_epb_open(&made, 0, 1, 63, 64);
	made_end(&made);
	/* One says so itself. */
	made_epb_open(&made, 0, 1, 64, 64);
	made_option(&made, 2, &flags, 4);
	made_end(&made);
	made_epb(&made, 0, 1, 3);
	read_all(&made, strips, false);
	assert_string_equal(story.text, "60 60 62 0 ");
	file_feed_close(feed);
	reader_close(reader);
	read_all(&made, keeps, false);
	assert_string_equal(story.text, "64 64 64 3 ");
	done(&made);
	/* Two words of 16 bits. */
	made_new(&made, false);
	made_pcap(&made, 0xa1b2c3d4, 0x24000001);
	made_record(&made, 1, 0, 64, 64);
	read_all(&made, strips, false);
	assert_string_equal(story.text, "60 ");
	assert_int_equal(reader_interface(reader, 0)->dlt, 1);
	done(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_in_their_place),
		cmocka_unit_test(statistics_that_later_ones_repeat),
		cmocka_unit_test(statistics_of_chosen_interfaces),
		cmocka_unit_test(losses_move_on),
		cmocka_unit_test(frames_without_fcs),
	};

	return cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);
}
