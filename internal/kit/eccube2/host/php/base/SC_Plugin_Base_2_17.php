<?php
/** What a plugin extends since 2.17.2: a plugin whose four methods are not static does not compile. */
abstract class SC_Plugin_Base
{
    protected $arrSelfInfo;

    public function __construct(array $arrSelfInfo)
    {
        $this->arrSelfInfo = $arrSelfInfo;
    }

    public static function install($arrPlugin, $objPluginInstaller = null)
    {
    }

    public static function uninstall($arrPlugin, $objPluginInstaller = null)
    {
    }

    public static function enable($arrPlugin, $objPluginInstaller = null)
    {
    }

    public static function disable($arrPlugin, $objPluginInstaller = null)
    {
    }

    public function register(SC_Helper_Plugin $objHelperPlugin, $priority)
    {
        SC_Helper_Plugin::registerRows($objHelperPlugin, $this, $this->arrSelfInfo, $priority);
    }

    public function getPluginInfo()
    {
        return $this->arrSelfInfo;
    }
}
