/* key_option - see key_option.h. */
#include "key_option.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum ctl_exit ctl_key_read(const char *path, enum fx_key_kind kind, struct fx_key_file *out,
                           char wrong[FX_KEY_WRONG])
{
    *out = (struct fx_key_file){0};
    if (fx_key_file_read(path, kind, NULL, out, wrong))
        return CTL_EXIT_OK;
    /* Which code? What cannot be read for another reason is wrong in itself. */
    return access(path, R_OK) == 0 ? CTL_EXIT_CONFIG
           : errno == EACCES       ? CTL_EXIT_NO_PERMISSION
                                   : CTL_EXIT_NO_INPUT;
}

enum ctl_exit ctl_signer_read(const char *path, struct fx_signer **out,
                              char wrong[FX_KEY_WRONG])
{
    struct fx_key_file file;
    enum ctl_exit code = ctl_key_read(path, FX_KEY_PUBLIC, &file, wrong);
    if (code != CTL_EXIT_OK)
        return code;
    *out = fx_signer_create_public(file.keys[0]);
    fx_key_file_finish(&file);
    if (*out != NULL)
        return CTL_EXIT_OK;
    snprintf(wrong, FX_KEY_WRONG, "%s: not an Ed25519 key in PEM", path);
    return CTL_EXIT_CONFIG;
}
