/*
 * A plugin of QEMU that counts how often each instruction runs between two marks, parted at a third: of each block that ran it
 * writes a line "part first count times after2 after4": the address of its first instruction in hexadecimal, how many instructions
 * it has, how often it ran, and how often what ran next lay 2 or 4 bytes behind the beginning of its last instruction. Which of
 * the two is the instruction behind it a disassembler knows; what QEMU says of the size is wrong where a page ends.
 *
 * Arguments: begin, part, end (addresses of functions that are marks; part may be 0) and out (a file).
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What this needs of QEMU's plugin interface; its documentation is docs/devel/tcg-plugins.rst there. */
typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*translated)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, void (*ran)(unsigned, void *), int registers,
                                          void *mine);

/* The first version of the interface; from QEMU 9.0 on it is 2. */
#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif
__attribute__((visibility("default"))) int qemu_plugin_version = PLUGIN_VERSION;

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int count,
                                                               char **arguments);

typedef struct block {
    struct block *next;
    uint64_t first, last;
    size_t count;
    uint64_t times, after2, after4;
} block;

static block *blocks;
static block *previous;
static bool counting;
static unsigned part;
static uint64_t begin_mark, part_mark, end_mark;
static FILE *out;

static void ran(unsigned cpu, void *mine) {
    (void)cpu;
    block *now = mine;
    if (counting) {
        if (previous != NULL) {
            previous->after2 += now->first == previous->last + 2;
            previous->after4 += now->first == previous->last + 4;
        }
        now->times++;
        previous = now;
    }
}

static void write_part(void) {
    for (block *each = blocks; each != NULL; each = each->next) {
        if (each->times > 0) {
            fprintf(out, "%u %" PRIx64 " %zu %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", part, each->first, each->count,
                    each->times, each->after2, each->after4);
        }
        each->times = 0;
        each->after2 = 0;
        each->after4 = 0;
    }
    part++;
    previous = NULL;
}

static void begun(unsigned cpu, void *mine) {
    (void)cpu;
    (void)mine;
    counting = true;
    previous = NULL;
}

static void parted(unsigned cpu, void *mine) {
    (void)cpu;
    (void)mine;
    if (counting) {
        write_part();
    }
}

static void ended(unsigned cpu, void *mine) {
    (void)cpu;
    (void)mine;
    if (counting) {
        write_part();
        counting = false;
        fflush(out);
    }
}

static void translated(plugin_id id, struct qemu_plugin_tb *of) {
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(of);
    uint64_t first = qemu_plugin_tb_vaddr(of);
    if (first == begin_mark || first == end_mark || (part_mark != 0 && first == part_mark)) {
        qemu_plugin_register_vcpu_tb_exec_cb(of, first == begin_mark ? begun : first == end_mark ? ended : parted, 0,
                                             NULL);
        return;
    }
    block *mine = blocks;
    while (mine != NULL && (mine->first != first || mine->count != count)) {
        mine = mine->next;
    }
    if (mine == NULL) {
        mine = calloc(1, sizeof *mine);
        if (mine == NULL) {
            abort();
        }
        mine->first = first;
        mine->last = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(of, count - 1));
        mine->count = count;
        mine->next = blocks;
        blocks = mine;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(of, ran, 0, mine);
}

int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments) {
    (void)info;
    for (int i = 0; i < count; i++) {
        char *value = strchr(arguments[i], '=');
        if (value == NULL) {
            return 1;
        }
        *value++ = 0;
        if (strcmp(arguments[i], "out") == 0) {
            out = fopen(value, "w");
        } else {
            uint64_t address = strtoull(value, NULL, 0);
            if (strcmp(arguments[i], "begin") == 0) {
                begin_mark = address;
            } else if (strcmp(arguments[i], "part") == 0) {
                part_mark = address;
            } else if (strcmp(arguments[i], "end") == 0) {
                end_mark = address;
            }
        }
    }
    if (out == NULL) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
