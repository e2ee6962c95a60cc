<?php
/** What EC-CUBE's plugin engine reads when the plugin is uploaded. */
class plugin_info
{
    static $PLUGIN_CODE = 'ExposureReset';
    static $PLUGIN_NAME = 'パスワード再設定連携（お客様情報の確認）';
    static $CLASS_NAME = 'ExposureReset';
    static $PLUGIN_VERSION = '1.0.0';
    static $COMPLIANT_VERSION = '2.12 - 2.25';
    static $AUTHOR = 'exposure';
    static $DESCRIPTION = '漏えいした可能性のあるパスワードを使えなくし、「お客様情報の確認」ページで本人と確かめられた会員だけが、新しいパスワードを決められるようにします。';
    /** LC_Page_preProcess is called for every plugin that has the method preProcess. */
    static $HOOK_POINTS = array(
        array('LC_Page_FrontParts_LoginCheck_action_login', 'loggedIn'),
        array('LC_Page_Shopping_action_login', 'loggedIn'),
        array('outputfilterTransform', 'outputfilterTransform'),
    );
}
