#define _GNU_SOURCE
#include "cfi.h"

#include "assumptions.h"
#include "audit.h"
#include "dwarf.h"
#include "objects.h"

#include <string.h>

/* Numbers of registers in the tables of x86-64, and encodings of pointers (DWARF 5, 7.7; LSB 10.5).
 */
enum { DWARF_RBP = 6, DWARF_RSP = 7, DWARF_RETURN = 16 };
enum { ENC_UDATA4_ABSOLUTE = 0x03, ENC_SDATA4_FROM_HERE = 0x1b, ENC_SDATA4_FROM_TABLE = 0x3b };
enum { STATES_MAX = 8 };

/* One of the four encodings that linkers write; others fail. */
static uint64_t take_pointer(ta_dwarf *r, uint8_t encoding) {
    uint64_t here = (uint64_t)(uintptr_t)r->at;
    if (encoding == ENC_SDATA4_FROM_HERE)
        return here + (uint64_t)(int64_t)(int32_t)ta_dwarf_take(r, 4);
    if (encoding == ENC_UDATA4_ABSOLUTE)
        return ta_dwarf_take(r, 4);
    if (encoding == 0)
        return ta_dwarf_take(r, 8);
    r->failed = true;
    return 0;
}

/* What a common entry says for all of its functions. */
typedef struct common_entry {
    ta_dwarf program;
    uint64_t code_factor;
    int64_t data_factor;
    uint8_t pointer_encoding;
    bool is_signal_frame;
} common_entry;

/* A module's tables. They can be wrong, so nothing is read beyond what is mapped of the module. */
typedef struct tables {
    const uint8_t *begin, *end;
    const uint8_t *index; /* .eh_frame_hdr */
} tables;

enum { ENTRY_BYTES_MAX = 1 << 20 }; /* thousands of times what compilers write */

/* An entry begins with its length; the reader gets exactly that. */
static ta_dwarf open_entry(const tables *t, const uint8_t *at) {
    const ta_dwarf none = {t->end, t->end, true};
    if (at < t->begin || at >= t->end)
        return none;
    ta_dwarf r = {at, t->end, false};
    uint64_t length = ta_dwarf_take(&r, 4);
    if (length == 0 || length > ENTRY_BYTES_MAX || length > (uint64_t)(r.end - r.at))
        return none;
    r.end = r.at + length;
    return r;
}

static void take_augmentation(ta_dwarf *r, const char *letters, common_entry *common) {
    ta_dwarf data = {r->at, r->at, false};
    uint64_t length = ta_dwarf_take_uleb(r);
    data.at = r->at;
    ta_dwarf_skip(r, length);
    data.end = r->at;
    for (const char *letter = letters + 1; *letter && !data.failed; letter++) {
        if (*letter == 'R')
            common->pointer_encoding = (uint8_t)ta_dwarf_take(&data, 1);
        else if (*letter == 'L')
            ta_dwarf_take(&data, 1);
        else if (*letter == 'P') /* the personality routine: its pointer may be indirect (0x80) */
            ta_dwarf_skip(&data, (ta_dwarf_take(&data, 1) & 0x0f) == 0 ? 8 : 4);
        else if (*letter == 'S')
            common->is_signal_frame = true;
    }
    r->failed |= data.failed;
}

static bool read_common(const tables *t, const uint8_t *at, common_entry *common) {
    ta_dwarf r = open_entry(t, at);
    ta_dwarf_take(&r, 4); /* zero: this is a common entry */
    uint64_t version = ta_dwarf_take(&r, 1);
    const char *letters = (const char *)r.at;
    while (!r.failed && ta_dwarf_take(&r, 1) != 0)
        continue;
    if (r.failed)
        return false;
    *common = (common_entry){.code_factor = ta_dwarf_take_uleb(&r)};
    common->data_factor = ta_dwarf_take_sleb(&r);
    uint64_t return_register = version == 1 ? ta_dwarf_take(&r, 1) : ta_dwarf_take_uleb(&r);
    if (letters[0] == 'z')
        take_augmentation(&r, letters, common);
    common->program = r;
    return !r.failed && (version == 1 || version == 3) && return_register == DWARF_RETURN &&
           (letters[0] == 'z' || letters[0] == 0);
}

/* A row of the table that the programs describe. */
typedef struct row {
    int64_t cfa_offset, rbp_at, return_at;
    uint8_t base; /* a ta_cfa_base */
    bool rbp_saved, has_return;
} row;

typedef struct machine {
    row now, initial, kept[STATES_MAX];
    unsigned kept_count;
    uint64_t location, wanted;
    bool unknown; /* an instruction that we do not read */
    struct {
        int64_t rsp_at, rbp_at, pc_at; /* from rsp; -1: not there */
    } signal;                          /* where a signal frame has the registers */
} machine;

/* An offset in a table counts in units of this. Wraps when the table is wrong. */
static int64_t scaled(uint64_t offset, const common_entry *common) {
    return (int64_t)(offset * (uint64_t)common->data_factor);
}

static void set_cfa_register(machine *m, uint64_t number) {
    m->now.base = number == DWARF_RSP ? TA_CFA_RSP : number == DWARF_RBP ? TA_CFA_RBP : TA_CFA_NONE;
}

static void set_saved(machine *m, uint64_t number, int64_t at) {
    if (number == DWARF_RBP) {
        m->now.rbp_saved = true;
        m->now.rbp_at = at;
    } else if (number == DWARF_RETURN) {
        m->now.has_return = true;
        m->now.return_at = at;
    }
}

static void set_lost(machine *m, uint64_t number) {
    if (number == DWARF_RETURN)
        m->now.has_return = false; /* the outermost function says so */
    else if (number == DWARF_RBP)
        m->now.rbp_saved = false;
}

static void restore(machine *m, uint64_t number) {
    if (number == DWARF_RBP) {
        m->now.rbp_saved = m->initial.rbp_saved;
        m->now.rbp_at = m->initial.rbp_at;
    } else if (number == DWARF_RETURN) {
        m->now.has_return = m->initial.has_return;
        m->now.return_at = m->initial.return_at;
    }
}

/* The expression "register + offset", and then a load if `loads`; the register's number, or -1. */
static int take_expression(ta_dwarf *r, bool loads, int64_t *offset) {
    enum { BREG0 = 0x70, DEREF = 0x06 };
    uint64_t length = ta_dwarf_take_uleb(r);
    ta_dwarf expression = {r->at, r->at, r->failed};
    ta_dwarf_skip(r, length);
    expression.end = r->at;
    int number = (int)ta_dwarf_take(&expression, 1) - BREG0;
    *offset = ta_dwarf_take_sleb(&expression);
    bool is_whole = (!loads || ta_dwarf_take(&expression, 1) == DEREF) &&
                    expression.at == expression.end && !expression.failed;
    return is_whole ? number : -1;
}

/* Two forms are read: *(rbp + n), what compilers write for a realigned stack, and *(rsp + n), what
 * libc writes for the kernel's frame of a signal handler. */
static void set_cfa_expression(machine *m, ta_dwarf *r) {
    int64_t offset;
    int number = take_expression(r, true, &offset);
    m->now.base = number == DWARF_RBP ? TA_CFA_RBP_DEREF : TA_CFA_NONE;
    m->now.cfa_offset = offset;
    m->signal.rsp_at = number == DWARF_RSP ? offset : -1;
}

static void set_saved_expression(machine *m, ta_dwarf *r) {
    int64_t offset;
    uint64_t number = ta_dwarf_take_uleb(r);
    bool from_rsp = take_expression(r, false, &offset) == DWARF_RSP;
    if (number == DWARF_RBP) {
        m->now.rbp_saved = false;
        m->signal.rbp_at = from_rsp ? offset : -1;
    } else if (number == DWARF_RETURN) {
        m->unknown = true; /* but in a signal frame, which is looked at apart */
        m->signal.pc_at = from_rsp ? offset : -1;
    }
}

static void keep_row(machine *m) {
    if (m->kept_count == STATES_MAX)
        m->unknown = true;
    else
        m->kept[m->kept_count++] = m->now;
}

static void bring_back_row(machine *m) {
    if (m->kept_count == 0)
        m->unknown = true;
    else
        m->now = m->kept[--m->kept_count];
}

/* The instructions without an operand in their opcode (DWARF 5, table 7.29). */
static void step_extended(machine *m, ta_dwarf *r, uint8_t opcode, const common_entry *common) {
    uint64_t number;
    switch (opcode) {
    case 0x00: /* nop */
        break;
    case 0x02: /* advance_loc1 */
    case 0x03: /* advance_loc2 */
    case 0x04: /* advance_loc4 */
        m->location += ta_dwarf_take(r, 1u << (opcode - 2)) * common->code_factor;
        break;
    case 0x05: /* offset_extended */
        number = ta_dwarf_take_uleb(r);
        set_saved(m, number, scaled(ta_dwarf_take_uleb(r), common));
        break;
    case 0x06: /* restore_extended */
        restore(m, ta_dwarf_take_uleb(r));
        break;
    case 0x07: /* undefined */
    case 0x08: /* same_value */
        set_lost(m, ta_dwarf_take_uleb(r));
        break;
    case 0x0a: /* remember_state */
        keep_row(m);
        break;
    case 0x0b: /* restore_state */
        bring_back_row(m);
        break;
    case 0x0c: /* def_cfa */
        set_cfa_register(m, ta_dwarf_take_uleb(r));
        m->now.cfa_offset = (int64_t)ta_dwarf_take_uleb(r);
        break;
    case 0x0d: /* def_cfa_register */
        set_cfa_register(m, ta_dwarf_take_uleb(r));
        break;
    case 0x0e: /* def_cfa_offset */
        m->now.cfa_offset = (int64_t)ta_dwarf_take_uleb(r);
        break;
    case 0x0f: /* def_cfa_expression */
        set_cfa_expression(m, r);
        break;
    case 0x11: /* offset_extended_sf */
        number = ta_dwarf_take_uleb(r);
        set_saved(m, number, scaled((uint64_t)ta_dwarf_take_sleb(r), common));
        break;
    case 0x10: /* expression */
        set_saved_expression(m, r);
        break;
    case 0x16: /* val_expression */
        number = ta_dwarf_take_uleb(r);
        ta_dwarf_skip(r, ta_dwarf_take_uleb(r));
        m->unknown |= number == DWARF_RETURN;
        if (number == DWARF_RBP)
            m->now.rbp_saved = false;
        break;
    case 0x2e: /* GNU_args_size */
        ta_dwarf_take_uleb(r);
        break;
    default:
        m->unknown = true;
    }
}

/* Runs a program up to the address that is wanted. The upper two bits of an opcode may be the
 * instruction, with its operand in the lower six. */
static void run(machine *m, ta_dwarf program, const common_entry *common) {
    while (program.at < program.end && !program.failed &&
           (!m->unknown || common->is_signal_frame)) {
        uint8_t opcode = (uint8_t)ta_dwarf_take(&program, 1), operand = opcode & 0x3f;
        machine before = *m;
        if (opcode >> 6 == 1) /* advance_loc */
            m->location += operand * common->code_factor;
        else if (opcode >> 6 == 2) /* offset */
            set_saved(m, operand, scaled(ta_dwarf_take_uleb(&program), common));
        else if (opcode >> 6 == 3) /* restore */
            restore(m, operand);
        else
            step_extended(m, &program, opcode, common);
        if (m->location > m->wanted) {
            *m = before;
            return;
        }
    }
    m->unknown |= program.failed;
}

static ta_unwind_rule rule_of(const machine *m) {
    const row *now = &m->now;
    const ta_unwind_rule none = {0, TA_RBP_UNCHANGED, TA_CFA_NONE, 0};
    if (m->unknown || now->base == TA_CFA_NONE || now->cfa_offset > INT32_MAX ||
        now->cfa_offset < INT32_MIN)
        return none;
    if (!now->has_return)
        return (ta_unwind_rule){0, TA_RBP_UNCHANGED, TA_CFA_END, 0};
    if (now->return_at != -8 || (now->rbp_saved && (now->rbp_at >= 0 || now->rbp_at <= INT16_MIN)))
        return none;
    int64_t rbp_at = now->rbp_saved ? now->rbp_at : TA_RBP_UNCHANGED;
    return (ta_unwind_rule){(int32_t)now->cfa_offset, (int16_t)rbp_at, now->base, 0};
}

/* The walk reads a signal frame where the kernel's headers have it (ucontext_t); what libc's tables
 * say of its own sigreturn has to be the same. */
static ta_unwind_rule rule_of_signal_frame(const machine *m) {
    bool agrees = m->signal.rsp_at == TA_SIGNAL_RSP_AT && m->signal.rbp_at == TA_SIGNAL_RBP_AT &&
                  m->signal.pc_at == TA_SIGNAL_PC_AT;
    ta_assumption_settle(TA_ASSUMPTION_signal_frame, agrees);
    return (ta_unwind_rule){
        0, TA_RBP_UNCHANGED,
        ta_assumption_holds(TA_ASSUMPTION_signal_frame) ? TA_CFA_SIGNAL : TA_CFA_END, 0};
}

/* What an entry says of its function before the program: which addresses it is about. Left at the
 * augmentation. */
typedef struct function_entry {
    ta_dwarf rest;
    common_entry common;
    uint64_t begin, length;
} function_entry;

static bool open_function(const tables *t, const uint8_t *at, function_entry *f) {
    f->rest = open_entry(t, at);
    const uint8_t *back_from = f->rest.at;
    uint64_t back =
        ta_dwarf_take(&f->rest, 4); /* how far before this word the common entry begins */
    if (f->rest.failed || back == 0 || back > (uint64_t)(back_from - t->begin) ||
        !read_common(t, back_from - back, &f->common))
        return false;
    f->begin = take_pointer(&f->rest, f->common.pointer_encoding);
    f->length = ta_dwarf_take(&f->rest, f->common.pointer_encoding == 0 ? 8 : 4);
    return !f->rest.failed;
}

static bool covers(const function_entry *f, uint64_t address) {
    return address - f->begin < f->length;
}

static ta_unwind_rule read_function(const tables *t, const uint8_t *at, uint64_t address) {
    const ta_unwind_rule none = {0, TA_RBP_UNCHANGED, TA_CFA_NONE, 0};
    function_entry f;
    if (!open_function(t, at, &f) || !covers(&f, address))
        return none;
    ta_dwarf_skip(&f.rest, ta_dwarf_take_uleb(&f.rest)); /* augmentation data: for exceptions */
    if (f.rest.failed)
        return none;
    machine m = {.location = f.begin, .wanted = address, .signal = {-1, -1, -1}};
    run(&m, f.common.program, &f.common);
    m.initial = m.now;
    m.location = f.begin;
    run(&m, f.rest, &f.common);
    return f.common.is_signal_frame ? rule_of_signal_frame(&m) : rule_of(&m);
}

/* The index before the table: sorted pairs of function and entry, both relative to the index. */
static const uint8_t *find_function(const tables *t, uint64_t address) {
    typedef struct pair {
        int32_t function, entry;
    } pair;
    enum { VERSION = 1, HEADER_BYTES = 12 };
    const uint8_t *index = t->index;
    uint32_t count;
    if (index < t->begin || index >= t->end || t->end - index < HEADER_BYTES)
        return NULL;
    if (index[0] != VERSION || index[1] != ENC_SDATA4_FROM_HERE ||
        index[2] != ENC_UDATA4_ABSOLUTE || index[3] != ENC_SDATA4_FROM_TABLE)
        return NULL;
    memcpy(&count, index + 8, sizeof count);
    if (count > (uint64_t)(t->end - index - HEADER_BYTES) / sizeof(pair))
        return NULL;
    const pair *pairs = (const pair *)(const void *)(index + HEADER_BYTES);
    int64_t wanted = (int64_t)(address - (uint64_t)(uintptr_t)index);
    uint32_t low = 0, high = count;
    while (low < high) { /* the first function that begins after the address */
        uint32_t middle = low + (high - low) / 2;
        if (pairs[middle].function <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : index + pairs[low - 1].entry;
}

/* Whether the address lies in front of a function, and in none: then what is taken for a return
 * address is that function's begin. No call returns there: makecontext() and coroutines put it on
 * their stacks, for the outermost function to return to. */
static bool precedes_function(const tables *t, const uint8_t *entry, uint64_t address) {
    const uint8_t *next = find_function(t, address + 1);
    function_entry after, before;
    return next && next != entry && open_function(t, next, &after) && covers(&after, address + 1) &&
           !(entry && open_function(t, entry, &before) && covers(&before, address));
}

static ta_unwind_rule work_out(uint64_t address) {
    const ta_unwind_rule none = {0, TA_RBP_UNCHANGED, TA_CFA_NONE, 0};
    ta_object found;
    if (!ta_object_find((void *)(uintptr_t)address, &found) || !found.eh_frame_hdr)
        return none;
    const tables t = {(const uint8_t *)found.begin, (const uint8_t *)found.end, found.eh_frame_hdr};
    const uint8_t *entry = find_function(&t, address);
    if (precedes_function(&t, entry, address))
        return (ta_unwind_rule){0, TA_RBP_UNCHANGED, TA_CFA_END, 0};
    return entry ? read_function(&t, entry, address) : none;
}

/* ---- what was worked out, by address: a table of fixed size, read and filled without locks ----
 */

enum { PROBES_MAX = 16 };

ta_cfi_entry ta_cfi_entries[1 << TA_CFI_ENTRIES_BITS];

static uint64_t forgotten;
static uint32_t any_remembered;

static ta_cfi_entry *entry_of(uint64_t address, unsigned probe) {
    return &ta_cfi_entries[(ta_cfi_place(address) + probe) % (1 << TA_CFI_ENTRIES_BITS)];
}

static void remember(uint64_t address, ta_unwind_rule rule) {
    __atomic_store_n(&any_remembered, 1, __ATOMIC_RELAXED);
    for (unsigned probe = 0; probe < PROBES_MAX; probe++) {
        ta_cfi_entry *entry = entry_of(address, probe);
        uint64_t free_entry = 0;
        if (__atomic_compare_exchange_n(&entry->address, &free_entry, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            entry->rule = rule;
            __atomic_store_n(&entry->address, address, __ATOMIC_RELEASE);
            return;
        }
        if (free_entry == address)
            return; /* another thread was quicker */
    }
}

ta_unwind_rule ta_cfi_rule_elsewhere(uint64_t address) {
    for (unsigned probe = 0; probe < PROBES_MAX; probe++) {
        const ta_cfi_entry *entry = entry_of(address, probe);
        uint64_t key = __atomic_load_n(&entry->address, __ATOMIC_ACQUIRE);
        if (key == address)
            return entry->rule;
        if (key == 0)
            break;
    }
    ta_unwind_rule rule = work_out(address);
    rule.module = (uint8_t)ta_module_of(address);
    remember(address, rule);
    return rule;
}

void ta_cfi_forget(void) {
    __atomic_fetch_add(&forgotten, 1, __ATOMIC_ACQ_REL);
    if (!__atomic_exchange_n(&any_remembered, 0, __ATOMIC_ACQ_REL))
        return;
    for (unsigned i = 0; i < 1 << TA_CFI_ENTRIES_BITS; i++) {
        if (ta_cfi_entries[i].address)
            __atomic_store_n(&ta_cfi_entries[i].address, 0, __ATOMIC_RELEASE);
    }
}

uint64_t ta_cfi_forgotten(void) {
    return __atomic_load_n(&forgotten, __ATOMIC_ACQUIRE);
}
