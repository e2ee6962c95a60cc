<?php
/** What a plugin extends from 2.13 to 2.17.1. */
abstract class SC_Plugin_Base
{
    protected $arrSelfInfo;

    public function __construct(array $arrSelfInfo)
    {
        $this->arrSelfInfo = $arrSelfInfo;
    }

    public function install($arrPlugin, $objPluginInstaller = null)
    {
    }

    public function uninstall($arrPlugin, $objPluginInstaller = null)
    {
    }

    public function enable($arrPlugin, $objPluginInstaller = null)
    {
    }

    public function disable($arrPlugin, $objPluginInstaller = null)
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
