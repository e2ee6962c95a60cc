<?php
/** What the probe says of itself. */
class plugin_info
{
    static $PLUGIN_CODE = 'Probe';
    static $PLUGIN_NAME = 'さぐり';
    static $CLASS_NAME = 'Probe';
    static $PLUGIN_VERSION = '1.0.0';
    static $COMPLIANT_VERSION = '2.12.0 - 2.25.0';
    static $AUTHOR = 'nobody';
    static $DESCRIPTION = 'A plugin that proves the host.';
    static $HOOK_POINTS = array(
        array('LC_Page_Forgot_action_before', 'forgot'),
        array('LC_Page_FrontParts_LoginCheck_action_login', 'login'),
        array('prefilterTransform', 'note'),
        array('outputfilterTransform', 'sign'),
    );
}
