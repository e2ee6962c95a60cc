<?php
/** Collects what a plugin wants done at its installation; plugins that do it themselves leave it empty. */
class SC_Plugin_Installer
{
    public function __construct($exec_func, $plugin)
    {
    }

    public function execPlugin()
    {
        return array();
    }
}
