#include "cli.h"

#include "folded.h"
#include "result_json.h"
#include "speedscope.h"

typedef ta_status print_form(FILE *out, const ta_result *result);

static print_form *const printers[TA_FORM_COUNT] = {
#define PRINTER(name, print) print,
    TA_FORM_LIST(PRINTER)
#undef PRINTER
};

static const char *const names[TA_FORM_COUNT] = {
#define NAME(name, print) #name,
    TA_FORM_LIST(NAME)
#undef NAME
};

typedef struct writing {
    const ta_result *result;
    print_form *print;
} writing;

static bool write_form(FILE *out, const void *context) {
    const writing *w = context;
    return ta_ok(w->print(out, w->result));
}

const char *ta_cli_form_name(ta_cli_form form) {
    return names[form];
}

ta_status ta_cli_form_print(ta_cli_form form, const ta_result *result) {
    return printers[form](stdout, result);
}

ta_status ta_cli_forms_save(const ta_cli_forms *forms, const ta_result *result) {
    ta_status status = ta_status_ok();
    for (int form = 0; form < TA_FORM_COUNT && ta_ok(status); form++) {
        writing w = {result, printers[form]};
        if (forms->file[form])
            status = ta_file_replace(forms->file[form], write_form, &w);
    }
    return status;
}

const char *ta_cli_forms_one_file(const ta_cli_forms *forms) {
    for (int form = 0; form < TA_FORM_COUNT; form++) {
        if (forms->file[form])
            return names[form];
    }
    return NULL;
}
