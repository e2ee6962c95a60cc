<?php
/** A newer version uploaded over this one: the files are put in place, settings and list stay. */
class plugin_update
{
    public static function update($arrPlugin, $objPluginInstaller = null)
    {
        SC_Utils_Ex::copyDirectory(DOWNLOADS_TEMP_PLUGIN_UPDATE_DIR, PLUGIN_UPLOAD_REALDIR . 'ExposureReset/');
        require_once PLUGIN_UPLOAD_REALDIR . 'ExposureReset/ExposureReset.php';
        return ExposureReset::install($arrPlugin);
    }
}
